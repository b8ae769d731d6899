"""The codec and the engine's packing beside the msgpack package, on the same values.

The yardstick turns bytes into lists of integers and text, and back. It checks nothing: no types, no
bounds, no shape. Our codec makes message objects and has checked all of that. The engine packs what
it tells straight from its state (`proto/packing.py`); there the yardstick gets lists that are there
already, which an engine that used it would have to make first.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import msgpack  # type: ignore[import-untyped]
import msgspec

from matcher.core.account import Account
from matcher.core.events import Events
from matcher.core.fees import FeeRates
from matcher.core.instrument import Instrument
from matcher.core.order import Order
from matcher.core.replies import order_reply
from matcher.core.seat import Seat
from matcher.core.trade import Trade
from proto.codec import decode_answer, decode_request, encode, reply_frame
from proto.codes import BUY, GTC, LIMIT
from proto.definitions import AssetDefinition
from proto.frames import CommandFrame
from proto.ids import Sequence, TradeId, UserId, order_id_of
from scripts.benches.findings import Findings
from scripts.benches.pairs import compare
from scripts.benches.steady import QUOTE_ASSET_ID, plain_market
from scripts.benches.workload import mixed_commands

FRAME_MESSAGES: Final = 64
FRAMES_PER_ROUND: Final = 2_000
_UNIT: Final = "us a message"
_UNCHECKED: Final = "the msgpack package (C), to and from plain lists, nothing checked"
_FROM_LISTS: Final = "the msgpack package (C), from plain lists that are there already"
_TIMESTAMP_NS: Final = 1_700_000_000_000_000_000


class Work(NamedTuple):
    """What is done to FRAME_MESSAGES messages, ours and the yardstick's.

    Attributes:
        name: What it is.
        ours: Does it once.
        yardstick: Likewise.
        beside: What the yardstick is.
    """

    name: str
    ours: Callable[[], object]
    yardstick: Callable[[], object]
    beside: str


def bench_codec(pairs: int, data_dir: Path) -> Findings:
    """Measure frames of commands and of replies, and what the engine packs.

    Args:
        pairs: Rounds of each.
        data_dir: Not used: all of this is in memory.
    """
    del data_dir
    return Findings(
        [
            compare(
                work.name,
                partial(_round, work.ours),
                partial(_round, work.yardstick),
                _UNIT,
                work.beside,
                pairs,
            )
            for work in (*frames(), *packings())
        ]
    )


def frames() -> list[Work]:
    """Return what is done with frames: both do it on the same bytes."""
    packer = msgpack.Packer()
    # Not the first ones, which are all placements.
    commands = CommandFrame([*mixed_commands(2_000)[-FRAME_MESSAGES:]])
    data = encode(commands)
    lists = msgspec.to_builtins(commands)
    assert msgpack.packb(lists) == data
    assert msgpack.unpackb(data) == lists
    replies = reply_frame([order_reply(1, an_order().state(), [])] * FRAME_MESSAGES)
    return [
        Work(
            f"encode a frame of {FRAME_MESSAGES} commands",
            lambda: encode(commands),
            lambda: packer.pack(lists),
            _UNCHECKED,
        ),
        Work(
            f"decode a frame of {FRAME_MESSAGES} commands",
            lambda: decode_request(data),
            lambda: msgpack.unpackb(data),
            _UNCHECKED,
        ),
        Work(
            f"decode a frame of {FRAME_MESSAGES} replies",
            lambda: decode_answer(replies),
            lambda: msgpack.unpackb(replies),
            _UNCHECKED,
        ),
    ]


def packings() -> list[Work]:
    """Return what the engine packs: the yardstick does the same values."""
    packer = msgpack.Packer()
    order, trade = an_order(), a_trade()
    reply = msgpack.unpackb(order_reply(1, order.state(), []))
    events = Events(0, 1, 1)
    events.trade(trade)
    told = msgpack.unpackb(events.trades.writer.getvalue())
    public = msgpack.unpackb(events.public_trades.writer.getvalue())

    def pack_replies() -> None:
        for _ in range(FRAME_MESSAGES):
            order_reply(1, order.state(), [])

    def pack_reply_lists() -> None:
        for _ in range(FRAME_MESSAGES):
            packer.pack(reply)

    def pack_trades() -> None:
        batch = Events(0, 1, 1)
        for _ in range(FRAME_MESSAGES):
            batch.trade(trade)

    def pack_trade_lists() -> None:
        for _ in range(FRAME_MESSAGES):
            packer.pack(told)
            packer.pack(public)

    return [
        Work("pack the reply to an order", pack_replies, pack_reply_lists, _FROM_LISTS),
        Work("pack a trade, whole and for everybody", pack_trades, pack_trade_lists, _FROM_LISTS),
    ]


def an_order() -> Order:
    """Return an order that was traded in part."""
    assets = AssetDefinition(QUOTE_ASSET_ID + 1, "A2", 0), AssetDefinition(QUOTE_ASSET_ID, "A1", 0)
    order = Order(
        order_id_of(0, 12_345_678),
        Seat(Account(UserId(1_001)), Instrument(plain_market(1), *assets)),
        FeeRates(100, 200),
        "bench-0000012345",
        BUY,
        LIMIT,
        GTC,
        False,
        1_000_000,
        5_000,
        _TIMESTAMP_NS,
    )
    order.fill(2_000, 2_000_000_000, 100, _TIMESTAMP_NS)
    return order


def a_trade() -> Trade:
    """Return a trade."""
    return Trade(
        TradeId(order_id_of(0, 2_345_678)),
        1,
        345_678,
        Sequence(12_345_679),
        _TIMESTAMP_NS,
        1_000_000,
        2_000,
        2_000_000_000,
        BUY,
        order_id_of(0, 12_345_679),
        order_id_of(0, 12_345_678),
        UserId(1_002),
        UserId(1_001),
        400_000,
        200_000,
    )


def _round(work: Callable[[], object]) -> float:
    """Do it FRAMES_PER_ROUND times; return microseconds for each message."""
    start_ns = time.thread_time_ns()
    for _ in range(FRAMES_PER_ROUND):
        work()
    elapsed_ns = time.thread_time_ns() - start_ns
    return elapsed_ns / 1_000 / FRAMES_PER_ROUND / FRAME_MESSAGES
