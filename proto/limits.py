"""Every bound of the exchange, with the reason for its value.

A bound is checked once, where the value enters (the codec for messages, the engine for market
definitions), so that the code behind it may assert instead of check.

Three are not `Final`: compiled code has the values of those that are written into it, and the tests
make these three so small that random commands meet them.
"""

from typing import Final

# Amounts are the smallest unit of an asset. 2^62 - 1 fits a signed 64-bit column and stays an
# unboxed integer in a mypyc build; with 8 decimals it is 46 billion whole units.
AMOUNT_MAX: Final = (1 << 62) - 1
# Any other integer on the wire (identifiers, sequences, nanoseconds until the year 2116).
INTEGER_MAX: Final = (1 << 62) - 1

# 18 decimals is what the finest assets in use have (ether); 10^18 still fits an amount.
DECIMALS_MAX: Final = 18
# Fees are parts per million of the quote amount. A fee never exceeds what it is taken from.
FEE_PPM_MAX: Final = 1_000_000

NAME_LENGTH_MAX: Final = 32
CLIENT_ORDER_ID_LENGTH_MAX: Final = 36
REFERENCE_LENGTH_MAX: Final = 64

# Commands or queries in one mesh frame; a frame of this many orders is about 25 KiB.
FRAME_MESSAGES_MAX: Final = 512
FRAME_BYTES_MAX: Final = 256 * 1024

# The engine remembers at least this many of the orders placed last, and every open one: what a
# repeated client_order_id is answered from, and what GET /order finds before the history does.
RECENT_ORDERS: int = 1 << 18
# What one user may have resting in one book, and waiting for a trigger in one market: the most
# that a market's rules may allow, and what they allow where they say nothing. A user's orders are
# cancelled all in one step; 20,000 of them took 0.04 s.
OPEN_ORDERS_PER_USER_MAX: Final = 20_000
STOP_ORDERS_PER_USER_MAX: Final = 20_000

# Orders of many users that one command cancels; the command is sent again for the rest.
CANCELLED_PER_COMMAND_MAX: int = 10_000

# Waiting orders that enter the market because of one command; what is left enters with the next,
# so that a cascade of any length holds up nobody for longer than some milliseconds.
FIRED_PER_COMMAND_MAX: int = 256

# Parts in which an iceberg order may come at most, so that one taker meets it a bounded number of
# times.
ICEBERG_PARTS_MAX: Final = 100

# Trails are hundredths of a percent of the price: less than all of it.
BASIS_POINTS_MAX: Final = 9_999

# Bands, collars and halts are parts per million of a price: up to ten times the price.
PRICE_PPM_MAX: Final = 10_000_000

# Fee tiers of users; 0 is that of a user of whom nothing was said.
TIER_MAX: Final = 99

# A dead man's switch, an auction: at most a day.
TIMEOUT_MS_MAX: Final = 86_400_000

# Levels on each side in one depth answer to a client.
DEPTH_LEVELS_MAX: Final = 5_000

# Commands, and events from which on no further command is added, in one answer to an EventsQuery:
# some megabytes at most, except that one command may have made more.
HISTORY_COMMANDS_MAX: Final = 2_048
HISTORY_EVENTS_MAX: Final = 20_000
