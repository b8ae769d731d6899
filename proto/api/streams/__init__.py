"""What a WebSocket carries: the data of every stream, and the envelopes of requests and answers.

Where REST shows the same thing, the type is that of `proto.api.answers`, so that one thing has one
face. The AsyncAPI document is made from these types; docs/websocket.md says when they are sent.
"""
