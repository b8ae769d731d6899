"""The language of scenarios: one step a line, one command a step.

    1 buy 10 @ 100 id=a                       user 1 places an order (all of it: orders.py)
    1 cancel id=a                             or by its number: 1 cancel 8
    1 amend id=a price 101 quantity 8         or trigger 95
    1 replace id=a with sell 5 @ 102 id=b
    1 oco sell 10 @ 110 and sell 10 market stop-loss 90
    1 oto buy 10 @ 100 then sell 10 @ 110 and sell 10 market stop-loss 90
    1 cancel all                              or: all buys, all sells, all in GOLD_INR
    everybody cancel all in GOLD_INR          the operator
    1 cancel all after 30s                    the dead man's switch; after 0s turns it off

    deposit 1 1000.00 INR ref=d1              a reference is made up where none is given
    withdraw 1 10 GOLD
    request deposit 1 5.00 INR ref=r1         in two steps
    request withdrawal 1 5.00 INR ref=r2
    confirm r1
    decline r2
    transfer 1 to 2 10.00 INR
    collect 1.00 INR to 9

    set user 1 tier 1 group 7 stp decrement frozen   what is not said is off
    freeze GOLD
    thaw GOLD
    set state auction for 30s
    set rules band 10% collar 5% halt 20% auction 30s reference 60s open 3 stop 2
    set reference 100
    set fees tier 1 maker -0.05% taker 0.2%
    define asset SILVER decimals 3
    define market SILVER_INR maker 0.1% taker 0.2% least 1 most 100

Cancelling, amending and what an operator sets take "in SILVER_INR" at the end for another market
than GOLD_INR.
"""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from proto.codes import ALLOW, BUY, MARKET_STATE_NAMES, OCO, OTO, SELL
from proto.commands import (
    AmendOrder,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    CollectFees,
    Command,
    DefineAsset,
    DefineMarket,
    Deposit,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
    RequestTransfer,
    SetAccount,
    SetAsset,
    SetFees,
    SetMarketRules,
    SetMarketState,
    SetReferencePrice,
    SettleTransfer,
    TransferBetween,
    Withdraw,
)
from proto.decimals import parse_units
from proto.definitions import AssetDefinition, FeeTier, MarketRules
from tests.scenarios.names import GOLD_INR, Names
from tests.scenarios.orders import SELF_TRADE_MODES, order_of
from tests.scenarios.words import MS_NS, WordingError, Words

_STATES: Final = {name: code for code, name in MARKET_STATE_NAMES.items()}


class Language:
    """Turns steps into commands; numbers the references that a step does not give."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._references = 0

    def command(self, step: str, now_ns: int) -> Command:
        """Read a step.

        Args:
            step: One line, without what is expected of it.
            now_ns: Engine time that the command will be stamped with.

        Raises:
            WordingError: If it is not in the language.
        """
        words = Words(step)
        if words.next.isdecimal() or words.next == "everybody":
            user_id = 0 if words.take_if("everybody") else words.number()
            command = self._of_user(words, user_id, now_ns)
        else:
            command = self._of_operator(words)
        words.end()
        return command

    def _of_user(self, words: Words, user_id: int, now_ns: int) -> Command:
        if words.next in ("buy", "sell"):
            return order_of(words, user_id, self.names, now_ns)
        if words.take_if("cancel", "all", "after"):
            return CancelAllAfter(0, 0, user_id, words.duration_ns() // MS_NS)
        if words.take_if("cancel", "all"):
            side = BUY if words.take_if("buys") else SELL if words.take_if("sells") else 0
            return CancelAll(0, 0, user_id, self._market_id(words) if words else 0, side)
        if words.take_if("cancel"):
            order_id, name = _order_named(words)
            return CancelOrder(0, 0, self._market_id(words), user_id, order_id, name)
        if words.take_if("amend"):
            return self._amendment(words, user_id)
        if words.take_if("replace"):
            order_id, name = _order_named(words)
            words.expect("with")
            return ReplaceOrder(order_id, name, order_of(words, user_id, self.names, now_ns))
        list_type = OCO if words.take_if("oco") else OTO
        if list_type == OTO:
            words.expect("oto")
        legs = words.rest().replace(" then ", " and ").split(" and ")
        orders = [order_of(Words(leg), user_id, self.names, now_ns) for leg in legs]
        return PlaceList(list_type, orders)

    def _amendment(self, words: Words, user_id: int) -> AmendOrder:
        order_id, name = _order_named(words)
        numbers = {"price": 0, "quantity": 0, "trigger": 0}
        while words.next in numbers:
            what = words.take()
            numbers[what] = words.number()
        return AmendOrder(0, 0, self._market_id(words), user_id, order_id, name, *numbers.values())

    def _of_operator(self, words: Words) -> Command:
        word = words.take()
        if word not in _OPERATORS:
            raise WordingError(f"what is {word!r} in {words.text!r}?")
        return _OPERATORS[word](self, words)

    def _deposit(self, words: Words) -> Command:
        user_id = words.number()
        amount, asset_id = self._amount(words)
        return Deposit(0, user_id, asset_id, amount, self._reference(words))

    def _withdrawal(self, words: Words) -> Command:
        user_id = words.number()
        amount, asset_id = self._amount(words)
        return Withdraw(0, user_id, asset_id, amount, self._reference(words))

    def _request(self, words: Words) -> Command:
        is_withdrawal = words.take_if("withdrawal")
        if not is_withdrawal:
            words.expect("deposit")
        user_id = words.number()
        amount, asset_id = self._amount(words)
        reference = self._reference(words)
        return RequestTransfer(0, user_id, asset_id, amount, reference, is_withdrawal)

    def _transfer(self, words: Words) -> Command:
        user_id = words.number()
        words.expect("to")
        to_user_id = words.number()
        amount, asset_id = self._amount(words)
        return TransferBetween(0, user_id, to_user_id, asset_id, amount, self._reference(words))

    def _collection(self, words: Words) -> Command:
        amount, asset_id = self._amount(words)
        words.expect("to")
        return CollectFees(0, words.number(), asset_id, amount, self._reference(words))

    def _asset_frozen(self, words: Words, is_frozen: bool) -> Command:
        return SetAsset(0, self.names.asset_id(words.take()), is_frozen)

    def _setting(self, words: Words) -> Command:
        word = words.take()
        if word == "user":
            return _account(words)
        if word == "state":
            state = _STATES[words.take()]
            duration_ms = words.duration_ns() // MS_NS if words.take_if("for") else 0
            return SetMarketState(0, self._market_id(words), state, duration_ms)
        if word == "reference":
            price_ticks = words.number()
            return SetReferencePrice(0, self._market_id(words), price_ticks)
        if word == "fees":
            words.expect("tier")
            fees = FeeTier(words.number(), *_rates(words, 0, 0))
            return SetFees(0, self._market_id(words), fees)
        if word == "rules":
            rules = _rules(words)
            return SetMarketRules(0, self._market_id(words), rules)
        raise WordingError(f"what is {word!r} in {words.text!r}?")

    def _definition(self, words: Words) -> Command:
        if words.take_if("asset"):
            name = words.take()
            words.expect("decimals")
            known = self.names.assets.get(name)
            asset_id = known.asset_id if known else self.names.next_asset_id()
            return DefineAsset(0, AssetDefinition(asset_id, name, words.number()))
        words.expect("market")
        name = words.take()
        base, _, quote = name.partition("_")
        known_market = self.names.markets.get(name)
        market_id = known_market.market_id if known_market else self.names.next_market_id()
        maker_ppm, taker_ppm = _rates(words, GOLD_INR.maker_fee_ppm, GOLD_INR.taker_fee_ppm)
        least = words.number() if words.take_if("least") else GOLD_INR.quantity_min_lots
        most = words.number() if words.take_if("most") else GOLD_INR.quantity_max_lots
        market = replace(
            GOLD_INR,
            market_id=market_id,
            name=name,
            base_asset_id=self.names.asset_id(base),
            quote_asset_id=self.names.asset_id(quote),
            maker_fee_ppm=maker_ppm,
            taker_fee_ppm=taker_ppm,
            quantity_min_lots=least,
            quantity_max_lots=most,
        )
        return DefineMarket(0, market)

    def _market_id(self, words: Words) -> int:
        name = words.take() if words.take_if("in") else GOLD_INR.name
        return self.names.market_id(name)

    def _amount(self, words: Words) -> tuple[int, int]:
        amount, name = words.take(), words.take()
        return parse_units(amount, self.names.decimals(name)), self.names.asset_id(name)

    def _reference(self, words: Words) -> str:
        self._references += 1
        return words.take_past("ref=") or f"transfer-{self._references}"


def with_deadline(command: Command, deadline_ns: int) -> Command:
    """Return the command with a deadline.

    Raises:
        WordingError: If it is one that has none.
    """
    if isinstance(command, ReplaceOrder):
        return replace(command, order=replace(command.order, deadline_ns=deadline_ns))
    if isinstance(command, PlaceList):
        first, *others = command.orders
        return replace(command, orders=[replace(first, deadline_ns=deadline_ns), *others])
    if isinstance(command, PlaceOrder | CancelOrder | AmendOrder | CancelAll | CancelAllAfter):
        return replace(command, deadline_ns=deadline_ns)
    raise WordingError(f"no deadline for {command!r}")


def _order_named(words: Words) -> tuple[int, str]:
    """Take an order's number, or the client's name for it."""
    order_id = words.number_if_next()
    return order_id, "" if order_id else words.take_past("id=")


def _account(words: Words) -> Command:
    account = SetAccount(0, words.number(), 0, 0, ALLOW, False)
    while words:
        if words.take_if("tier"):
            account = replace(account, tier=words.number())
        elif words.take_if("group"):
            account = replace(account, group_id=words.number())
        elif words.take_if("stp"):
            account = replace(account, self_trade=SELF_TRADE_MODES[words.take()])
        else:
            words.expect("frozen")
            account = replace(account, is_frozen=True)
    return account


def _rates(words: Words, maker_ppm: int, taker_ppm: int) -> tuple[int, int]:
    maker_ppm = words.ppm() if words.take_if("maker") else maker_ppm
    return maker_ppm, words.ppm() if words.take_if("taker") else taker_ppm


def _rules(words: Words) -> MarketRules:
    rules = MarketRules()
    while words and words.next != "in":
        word = words.take()
        if word == "band":
            rules = replace(rules, band_ppm=words.ppm())
        elif word == "collar":
            rules = replace(rules, collar_ppm=words.ppm())
        elif word == "halt":
            rules = replace(rules, volatility_ppm=words.ppm())
        elif word == "auction":
            rules = replace(rules, auction_ms=words.duration_ns() // MS_NS)
        elif word == "reference":
            rules = replace(rules, reference_ms=words.duration_ns() // MS_NS)
        elif word == "open":
            rules = replace(rules, open_orders_max=words.number())
        elif word == "stop":
            rules = replace(rules, stop_orders_max=words.number())
        else:
            raise WordingError(f"what is {word!r} in {words.text!r}?")
    return rules


_OPERATORS: Final[dict[str, Callable[[Language, Words], Command]]] = {
    "deposit": Language._deposit,
    "withdraw": Language._withdrawal,
    "request": Language._request,
    "confirm": lambda _, words: SettleTransfer(0, words.take(), True),
    "decline": lambda _, words: SettleTransfer(0, words.take(), False),
    "transfer": Language._transfer,
    "collect": Language._collection,
    "freeze": lambda language, words: language._asset_frozen(words, True),
    "thaw": lambda language, words: language._asset_frozen(words, False),
    "set": Language._setting,
    "define": Language._definition,
}
