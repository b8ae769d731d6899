"""Parts of version 1, which are read and never written.

That was before there was more than plain orders. An order is today's row without terms; assets,
markets and transfers had less to say, and what they did not say is what holds where nothing was
said: nothing is frozen, every market is continuous, under the rules that a new one has and with the
fees of its definition, and every transfer happened at once.

The reference price of a market was not known then. It becomes that of the next trade, where a
replay of the whole journal finds an earlier one; so the state hash of such a snapshot, which is of
another kind anyway, is not compared with anything.
"""

from typing import Annotated, assert_never

from msgspec import Meta, Struct

from matcher.core.order_parts import FirstFillsPart, OrdersPart
from matcher.core.parts import (
    AssetRow,
    AssetsPart,
    BalancesPart,
    Counters,
    HighsPart,
    LowsPart,
    MarketRow,
    MarketsPart,
    Part,
    SecondsPart,
    SpanRow,
    TransferRow,
    TransfersPart,
)
from matcher.core.rows import ROWS_MAX
from proto.codes import CONFIRMED, CONTINUOUS, DEPOSIT, WITHDRAWAL
from proto.definitions import (
    AssetDefinition,
    FeeTier,
    MarketDefinition,
    MarketRules,
    MarketStatus,
)
from proto.fields import Amount, Integer, PositiveInteger, Reference
from proto.intervals import INTERVALS
from proto.limits import AMOUNT_MAX

SignedAmount = Annotated[int, Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]


class OldCounters(Struct, array_like=True, frozen=True, gc=False, tag=1):
    """See `Counters`."""

    sequence: Integer
    timestamp_ns: Integer
    trades: Integer
    left_order_id: Integer


class OldAssetRow(Struct, array_like=True, frozen=True, gc=False):
    """See `AssetRow`."""

    definition: AssetDefinition
    fees_amount: Amount


class OldAssetsPart(Struct, array_like=True, frozen=True, gc=False, tag=2):
    """See `AssetsPart`."""

    rows: Annotated[list[OldAssetRow], Meta(max_length=ROWS_MAX)]


class OldMarketRow(Struct, array_like=True, frozen=True, gc=False):
    """See `MarketRow`."""

    definition: MarketDefinition
    book_sequence: Integer
    trade_number: Integer
    last_price_ticks: Integer
    spans: Annotated[list[SpanRow], Meta(max_length=len(INTERVALS))]


class OldMarketsPart(Struct, array_like=True, frozen=True, gc=False, tag=3):
    """See `MarketsPart`."""

    rows: Annotated[list[OldMarketRow], Meta(max_length=ROWS_MAX)]


class OldTransferRow(Struct, array_like=True, frozen=True, gc=False):
    """A deposit, or a withdrawal as a negative amount."""

    reference: Reference
    user_id: PositiveInteger
    asset_id: PositiveInteger
    amount: SignedAmount


class OldTransfersPart(Struct, array_like=True, frozen=True, gc=False, tag=7):
    """See `TransfersPart`."""

    rows: Annotated[list[OldTransferRow], Meta(max_length=ROWS_MAX)]


OldPart = (
    OldCounters
    | OldAssetsPart
    | OldMarketsPart
    | SecondsPart
    | HighsPart
    | LowsPart
    | OldTransfersPart
    | BalancesPart
    | OrdersPart
    | FirstFillsPart
)


def present_part(part: OldPart) -> Part:
    """Return what a part of version 1 says in the present version. Complexity: O(rows)."""
    if isinstance(part, OldCounters):
        # Orders were numbered by the sequence.
        return Counters(
            part.sequence, part.timestamp_ns, part.trades, part.left_order_id, part.sequence
        )
    if isinstance(part, OldAssetsPart):
        return AssetsPart([AssetRow(row.definition, row.fees_amount, False) for row in part.rows])
    if isinstance(part, OldMarketsPart):
        return MarketsPart([_market_row(row) for row in part.rows])
    if isinstance(part, OldTransfersPart):
        return TransfersPart([_transfer_row(row) for row in part.rows])
    if isinstance(
        part, SecondsPart | HighsPart | LowsPart | BalancesPart | OrdersPart | FirstFillsPart
    ):
        return part
    assert_never(part)


def _market_row(row: OldMarketRow) -> MarketRow:
    definition = row.definition
    fees = FeeTier(0, definition.maker_fee_ppm, definition.taker_fee_ppm)
    return MarketRow(
        definition,
        row.book_sequence,
        row.trade_number,
        row.last_price_ticks,
        row.spans,
        MarketStatus(definition.market_id, CONTINUOUS, 0, 0, 0, MarketRules(), [fees]),
    )


def _transfer_row(row: OldTransferRow) -> TransferRow:
    kind = DEPOSIT if row.amount > 0 else WITHDRAWAL
    return TransferRow(
        row.reference, row.user_id, row.asset_id, abs(row.amount), kind, CONFIRMED, 0, False
    )
