"""Queries of market data."""

from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from proto.api.forms.fields import MarketName, TimeText
from proto.intervals import INTERVALS
from proto.limits import DEPTH_LEVELS_MAX

TRADES_LIMIT_MAX: Final = 1_000
CANDLES_LIMIT_MAX: Final = 1_500


class NoParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """A call that takes nothing."""


class DepthParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/depth."""

    market: MarketName | UnsetType = UNSET
    symbol: MarketName | UnsetType = UNSET
    limit: Annotated[
        int, Meta(ge=1, le=DEPTH_LEVELS_MAX, description="Most levels wanted on each side.")
    ] = 100


class TradesParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/trades."""

    market: MarketName | UnsetType = UNSET
    symbol: MarketName | UnsetType = UNSET
    before: (
        Annotated[
            str | int,
            Meta(description="Trades older than the one with this trade_id.", examples=["4711"]),
        ]
        | UnsetType
    ) = UNSET
    limit: Annotated[int, Meta(ge=1, le=TRADES_LIMIT_MAX, description="Most trades wanted.")] = 100


class KlinesParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/klines."""

    interval: Annotated[
        str,
        Meta(
            description="Length of a candle.",
            examples=["1h"],
            extra_json_schema={"enum": list(INTERVALS)},
        ),
    ]
    market: MarketName | UnsetType = UNSET
    symbol: MarketName | UnsetType = UNSET
    start_time: TimeText | UnsetType = UNSET
    end_time: TimeText | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=CANDLES_LIMIT_MAX, description="Most candles wanted.")] = (
        500
    )


class TickersParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/tickers."""

    market: MarketName | UnsetType = UNSET
    symbol: MarketName | UnsetType = UNSET


class AuctionParameters(Struct, forbid_unknown_fields=True, frozen=True):
    """Query string of GET /api/v1/auction."""

    market: MarketName | UnsetType = UNSET
    symbol: MarketName | UnsetType = UNSET
