"""Between the outside's text and the exchange's integers, both ways.

In: a form becomes a command, its text ticks and lots. Here is every rule that needs the market
but no state, so that what can never be placed costs the matcher nothing; the matcher checks the
ranges again, for whoever else sends commands. Whatever leaves for the matcher is in the bounds of
its message, since one that is not would take the whole frame with it. Out: a reply becomes an
answer, its integers text.
"""
