"""Those who watch the streams of an exchange, and what they were told held against the truth.

`python -m scripts.watching.crowd` is a process of many subscribers, so that they and the load do
not wait for each other. Each is a `subscriber` that knows the rules of the streams, over a
`connection` that is as cheap as Python allows; a `plan` says who reads what. What all of them must
be told alike (trades, orders, fills, balance changes) is kept once, as a `tape`, and each of them
is compared with it as messages come. `audience` is the other end, in the process that wants to
know; `history`, `candles` and `tickers` compare what was told with what the journal says.
"""
