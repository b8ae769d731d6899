"""Markets: what there is to see of them, and what an operator changes."""

from typing import Final

from msgspec import UNSET, UnsetType

from proto.api import answers
from proto.api.forms.operators import (
    DefineMarketForm,
    SetFeesForm,
    SetReferencePriceForm,
    SetRulesForm,
    SetStateForm,
)
from proto.api.problems import Problem
from proto.api.reading import invalid
from proto.api.times import moment_text
from proto.api.translate.values import MARKET_STATES, new_name, price_ppm, price_ticks, word
from proto.codes import AUCTION, MARKET_STATE_NAMES
from proto.commands import SetFees, SetMarketRules, SetMarketState, SetReferencePrice
from proto.decimals import TEXT_LENGTH_MAX, format_units
from proto.definitions import (
    AssetDefinition,
    FeeTier,
    MarketDefinition,
    MarketRules,
    MarketStatus,
)
from proto.ids import RequestId
from proto.market_data import Level
from proto.markets import (
    FEE_DECIMALS,
    MarketTermError,
    MarketTerms,
    maker_fee_ppm,
    market_definition,
    taker_fee_ppm,
)
from proto.replies import AuctionReply, DepthReply
from proto.scales import MarketScale

_TERMS: Final = MarketTerms.__struct_fields__


def define_market(
    form: DefineMarketForm, number: int, assets: dict[str, AssetDefinition]
) -> MarketDefinition:
    """Turn a form into the definition of a market.

    Args:
        form: The form.
        number: Identifier that the market is to have.
        assets: Assets that there are, by name.

    Raises:
        Problem: If a term is not what it must be.
    """
    name = new_name("market", form.market)
    for field in ("base", "quote"):
        asset = getattr(form, field)
        if asset not in assets:
            raise Problem("UNKNOWN_ASSET", f"there is no asset {asset[:32]!r}", field=field)
    for field in _TERMS:
        if len(getattr(form, field)) > TEXT_LENGTH_MAX:
            raise invalid(field, f"must have at most {TEXT_LENGTH_MAX} characters")
    terms = MarketTerms(**{field: getattr(form, field) for field in _TERMS})
    try:
        return market_definition(number, name, terms, assets)
    except MarketTermError as error:
        raise invalid(error.field, error.rule) from None


def set_state(form: SetStateForm, scale: MarketScale, request_id: RequestId) -> SetMarketState:
    """Turn a form into the command.

    Raises:
        Problem: If a field has a value that it cannot have.
    """
    state = word("state", form.state, MARKET_STATES)
    duration_ms = 0 if form.duration_ms is UNSET else form.duration_ms
    if duration_ms and state != AUCTION:
        raise invalid("duration_ms", "must be left out unless the state is auction")
    return SetMarketState(request_id, scale.market.market_id, state, duration_ms)


def set_rules(
    form: SetRulesForm, present: MarketRules, scale: MarketScale, request_id: RequestId
) -> SetMarketRules:
    """Turn a form into the command; what it leaves out stays as it is at present.

    Raises:
        Problem: If a field has a value that it cannot have, or nothing is to change.
    """
    if all(getattr(form, field) is UNSET for field in form.__struct_fields__):
        raise Problem("MISSING_FIELD", "give the rules that are to change", field="price_band")
    rules = MarketRules(
        _ppm_or("price_band", form.price_band, present.band_ppm),
        _ppm_or("market_order_collar", form.market_order_collar, present.collar_ppm),
        _ppm_or("volatility_limit", form.volatility_limit, present.volatility_ppm),
        present.auction_ms if form.auction_ms is UNSET else form.auction_ms,
        present.reference_ms if form.reference_ms is UNSET else form.reference_ms,
        present.open_orders_max if form.max_open_orders is UNSET else form.max_open_orders,
        present.stop_orders_max if form.max_stop_orders is UNSET else form.max_stop_orders,
    )
    return SetMarketRules(request_id, scale.market.market_id, rules)


def set_reference_price(
    form: SetReferencePriceForm, scale: MarketScale, request_id: RequestId
) -> SetReferencePrice:
    """Turn a form into the command.

    Raises:
        Problem: If the price is not one of this market.
    """
    return SetReferencePrice(
        request_id, scale.market.market_id, price_ticks("price", form.price, scale)
    )


def set_fees(form: SetFeesForm, scale: MarketScale, request_id: RequestId) -> SetFees:
    """Turn a form into the command.

    Raises:
        Problem: If a fee is not what it must be.
    """
    try:
        maker_ppm, taker_ppm = maker_fee_ppm(form.maker_fee), taker_fee_ppm(form.taker_fee)
    except MarketTermError as error:
        raise invalid(error.field, error.rule) from None
    return SetFees(request_id, scale.market.market_id, FeeTier(form.tier, maker_ppm, taker_ppm))


def market(scale: MarketScale, status: MarketStatus) -> answers.Market:
    """Write a market, its rules and its state."""
    definition, rules, tiers = scale.market, status.rules, status.fee_tiers
    return answers.Market(
        definition.name,
        scale.base.name,
        scale.quote.name,
        scale.base.decimals,
        scale.quote.decimals,
        scale.price(1),
        scale.quantity(1),
        scale.price(definition.price_max_ticks),
        scale.quantity(definition.quantity_min_lots),
        scale.quantity(definition.quantity_max_lots),
        scale.quote_amount(definition.notional_min_amount),
        _fraction(tiers[0].maker_fee_ppm),
        _fraction(tiers[0].taker_fee_ppm),
        [_fee_tier(tier) for tier in tiers],
        MARKET_STATE_NAMES[status.state],
        moment_text(status.ends_ns) if status.ends_ns else None,
        scale.price(status.reference_price_ticks) if status.reference_price_ticks else None,
        answers.MarketRules(
            _fraction(rules.band_ppm),
            _fraction(rules.collar_ppm),
            _fraction(rules.volatility_ppm),
            rules.auction_ms,
            rules.reference_ms,
            rules.open_orders_max,
            rules.stop_orders_max,
        ),
    )


def depth(reply: DepthReply, scale: MarketScale) -> answers.Depth:
    """Write a book."""
    return answers.Depth(
        scale.market.name,
        reply.book_sequence,
        _levels(reply.bids, scale),
        _levels(reply.asks, scale),
    )


def auction(reply: AuctionReply, scale: MarketScale) -> answers.Auction:
    """Write what an auction would do."""
    return answers.Auction(
        scale.market.name,
        MARKET_STATE_NAMES[reply.state],
        moment_text(reply.ends_ns) if reply.ends_ns else None,
        scale.price(reply.price_ticks) if reply.price_ticks else None,
        scale.quantity(reply.quantity_lots),
        scale.quantity(reply.imbalance_lots),
    )


def _ppm_or(field: str, text: str | UnsetType, present_ppm: int) -> int:
    return present_ppm if text is UNSET else price_ppm(field, text)


def _fraction(ppm: int) -> str:
    return format_units(ppm, FEE_DECIMALS)


def _fee_tier(tier: FeeTier) -> answers.FeeTier:
    return answers.FeeTier(tier.tier, _fraction(tier.maker_fee_ppm), _fraction(tier.taker_fee_ppm))


def _levels(levels: list[Level], scale: MarketScale) -> list[tuple[str, str]]:
    return [
        (scale.price(level.price_ticks), scale.quantity(level.quantity_lots)) for level in levels
    ]
