"""Which part of the exchange a function belongs to.

A function that is of no part, such as one of the interpreter or of a library that all use, is of
the part that called it. What the journal and the publisher call is theirs, whatever it is: that
they encode, too, says nothing about what encoding costs an order.
"""

from typing import Final

ZEROMQ: Final = "ZeroMQ"
CODEC: Final = "decoding, encoding"
SEQUENCER: Final = "sequencer"
ENGINE: Final = "engine"
PACKING: Final = "packing"
JOURNAL: Final = "journal"
PUBLISHER: Final = "publisher"
COLLECTOR: Final = "garbage collector"
OTHER: Final = "event loop, other"

# In the order in which an order meets them, which is that of the legend.
GROUPS: Final = (
    ZEROMQ,
    CODEC,
    SEQUENCER,
    ENGINE,
    PACKING,
    JOURNAL,
    PUBLISHER,
    COLLECTOR,
    OTHER,
)
# The first that fits; a module of the tree, or the file of a library.
_BEGINNINGS: Final = (
    # What starts all of it is under everything, and says nothing.
    ("matcher.main", OTHER),
    ("matcher.__main__", OTHER),
    ("matcher.journal", JOURNAL),
    ("matcher.committer", JOURNAL),
    ("crc32c", JOURNAL),
    ("matcher.publisher", PUBLISHER),
    ("matcher.pipeline", PUBLISHER),
    ("matcher.backlog", PUBLISHER),
    ("matcher.event_batch", PUBLISHER),
    ("matcher.history_entry", PUBLISHER),
    ("matcher.market_messages", PUBLISHER),
    ("matcher.pulse", PUBLISHER),
    ("redis", PUBLISHER),
    ("hiredis", PUBLISHER),
    ("matcher.core", ENGINE),
    ("proto.packing", PACKING),
    ("librt", PACKING),
    ("proto.codec", CODEC),
    ("msgspec", CODEC),
    ("proto.garbage", COLLECTOR),
    ("proto.mesh", ZEROMQ),
    ("zmq", ZEROMQ),
    ("libzmq", ZEROMQ),
    ("pyzmq", ZEROMQ),
    ("matcher", SEQUENCER),
)
_COLLECTING: Final = "gc_collect"
_KEEPS_ALL: Final = frozenset((JOURNAL, PUBLISHER))


def group_of(function: str, module: str, caller: str) -> str:
    """Return the part that a function belongs to.

    Args:
        function: Its name.
        module: Its module with dots, or what the file of its library begins with; "" for none.
        caller: The part of the function that called it.
    """
    if function.startswith(_COLLECTING):
        return COLLECTOR
    if caller in _KEEPS_ALL:
        return caller
    for beginning, group in _BEGINNINGS:
        if module == beginning or module.startswith((f"{beginning}.", f"{beginning}-")):
            return group
    return caller
