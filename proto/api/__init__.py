"""The outside face, whatever carries it: what clients may send, what they get, what can go wrong.

REST (`gateway`) and WebSocket (`feed`) read the same forms, send the same commands, and answer with
the same text and the same problems. Nothing here knows of HTTP or of sockets.
"""
