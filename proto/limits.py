"""Every bound of the exchange, with the reason for its value.

A bound is checked once, where the value enters (the codec for messages, the engine for market
definitions), so that the code behind it may assert instead of check.
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
RECENT_ORDERS: Final = 1 << 18
# What one user may have resting in all books together.
OPEN_ORDERS_PER_USER_MAX: Final = 20_000

# Levels on each side in one depth answer to a client.
DEPTH_LEVELS_MAX: Final = 5_000

# Commands, and events from which on no further command is added, in one answer to an EventsQuery:
# some megabytes at most, except that one command may have made more.
HISTORY_COMMANDS_MAX: Final = 2_048
HISTORY_EVENTS_MAX: Final = 20_000
