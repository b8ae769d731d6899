"""Puts a state together from its parts, or refuses them.

Theory of operation
-------------------
Whoever decoded the parts checked each field. Here is checked what must hold between fields and
between rows, each thing where it is put in or at the end, so that whatever the parts are, the
outcome is a SnapshotError or a state that passes `check_state` and bears every command to come.
It is not proved that the state was ever reached: that is for the checksums of the file and, where
asked, for the state hash.

A state that was refused is half done. Nobody may use it; `Engine.restored` lets it go.
"""

from collections.abc import Iterable
from typing import Final, assert_never, final

from matcher.core.instrument import Instrument, check_asset, check_market
from matcher.core.ledger import DEPOSITED_MAX, AssetTotals
from matcher.core.market import Market
from matcher.core.parts import (
    PART_KINDS,
    AccountsPart,
    AssetsPart,
    BalancesPart,
    Counters,
    HighsPart,
    LowsPart,
    MarketsPart,
    Part,
    SecondsPart,
    SnapshotError,
    TransferRow,
    TransfersPart,
)
from matcher.core.restoring_orders import OrderPart, OrdersRestoration
from matcher.core.restoring_statistics import StatisticsRestoration
from matcher.core.state import State
from matcher.core.timers import AUCTION_END, SWITCH
from matcher.core.transfer import Transfer
from proto.codes import (
    AUCTION,
    CONFIRMED,
    DEPOSIT,
    FEES_COLLECTED,
    OK,
    TRANSFER_OUT,
    WITHDRAWAL,
)
from proto.definitions import MarketStatus
from proto.ids import COUNTER_MAX, AssetId, Sequence, UserId
from proto.intervals import DAY_NS
from proto.limits import AMOUNT_MAX, INTEGER_MAX

# Whatever is set now is due within two days: by the end of the next one, or a timeout from now.
_TIME_MAX_NS: Final = INTEGER_MAX - 2 * DAY_NS


def restore_state(state: State, parts: Iterable[Part]) -> None:
    """Put a state together.

    Args:
        state: Without anything; of no use after an error.
        parts: In the order of PART_KINDS, each in the bounds of its fields.

    Raises:
        SnapshotError: If they do not make a state.

    Complexity: O(state), and O(log) of their number for levels, timers and waiting orders.
    """
    restoration: _Restoration | None = None
    kind = -1
    for part in parts:
        before, kind = kind, PART_KINDS[type(part)]
        if kind < before or (kind == 0) != (before < 0):
            raise SnapshotError(f"{type(part).__name__} stands where it does not belong")
        if isinstance(part, Counters):
            restoration = _Restoration(state, part)
        else:
            assert restoration is not None
            restoration.take(part)
    if restoration is None:
        raise SnapshotError("there are no counters")
    restoration.finish()


@final
class _Restoration:
    """A state that is being put together."""

    __slots__ = ("_orders", "_state", "_statistics")

    def __init__(self, state: State, counters: Counters) -> None:
        self._state: Final = state
        self._statistics: Final[dict[int, StatisticsRestoration]] = {}
        if max(counters.sequence, counters.numbers, counters.trades) > COUNTER_MAX:
            raise SnapshotError("its counters are beyond all identifiers")
        if counters.timestamp_ns > _TIME_MAX_NS:
            raise SnapshotError("its time is later than anything could be due")
        state.sequence = Sequence(counters.sequence)
        state.timestamp_ns = counters.timestamp_ns
        state.trades = counters.trades
        state.numbers = counters.numbers
        self._orders: Final = OrdersRestoration(state, counters.left_order_id)

    def take(self, part: Part) -> None:
        """Put a part in; the counters are there."""
        if isinstance(part, OrderPart):
            self._orders.take(part)
        elif isinstance(part, BalancesPart):
            self._take_balances(part)
        elif isinstance(part, AccountsPart):
            self._take_accounts(part)
        elif isinstance(part, TransfersPart):
            self._take_transfers(part)
        elif isinstance(part, SecondsPart | HighsPart | LowsPart):
            self._take_window(part)
        elif isinstance(part, MarketsPart):
            self._take_markets(part)
        elif isinstance(part, AssetsPart):
            self._take_assets(part)
        else:
            assert not isinstance(part, Counters)
            assert_never(part)

    def finish(self) -> None:
        """Derive what follows from the parts, and check what they must add up to."""
        state = self._state
        for restoration in self._statistics.values():
            restoration.finish()
        trades = sum(market.statistics.trade_number for market in state.markets.values())
        if trades != state.trades:
            raise SnapshotError(f"the markets had {trades} trades, the counters {state.trades}")
        self._orders.finish()
        self._check_ledger()

    def _take_assets(self, part: AssetsPart) -> None:
        state = self._state
        for row in part.rows:
            asset = row.definition
            if check_asset(asset, state.assets) != OK:
                raise SnapshotError(f"asset {asset.asset_id} is there twice, or its name is")
            state.assets[asset.asset_id] = asset
            asset_id = AssetId(asset.asset_id)
            state.ledger.add_asset(asset_id)
            state.ledger.totals[asset_id].fees = row.fees_amount
            if row.is_frozen:
                state.frozen_assets.add(asset_id)

    def _take_markets(self, part: MarketsPart) -> None:
        state = self._state
        for row in part.rows:
            definition = row.definition
            names = [market.instrument.definition.name for market in state.markets.values()]
            if check_market(definition, state.assets, state.markets, names) != OK:
                raise SnapshotError(f"market {definition.market_id} cannot be defined like this")
            base = state.assets[definition.base_asset_id]
            quote = state.assets[definition.quote_asset_id]
            market = Market(Instrument(definition, base, quote))
            state.markets[definition.market_id] = market
            market.book.sequence = row.book_sequence
            self._restore_status(market, row.status)
            self._statistics[definition.market_id] = StatisticsRestoration(
                market.statistics, row, state.timestamp_ns
            )

    def _restore_status(self, market: Market, status: MarketStatus) -> None:
        instrument, state = market.instrument, self._state
        rules = status.rules
        if (
            status.market_id != instrument.market_id
            or (status.ends_ns > 0 and status.state != AUCTION)
            or (rules.volatility_ppm > 0 and rules.auction_ms == 0)
            or status.reference_price_ticks > instrument.definition.price_max_ticks
            or status.reference_ns > state.timestamp_ns
        ):
            raise SnapshotError(f"market {instrument.market_id} cannot be in this state")
        tiers = [fees.tier for fees in status.fee_tiers]
        if tiers[0] != 0 or tiers != sorted(set(tiers)):
            raise SnapshotError(f"market {instrument.market_id} cannot have these fees")
        for fees in status.fee_tiers:
            # Whether they go together, with each other and with those of orders, is checked later.
            market.fees.set(fees)
        market.set_state(status.state, status.ends_ns)
        market.set_rules(rules)
        market.set_reference(status.reference_price_ticks, status.reference_ns)
        both = {instrument.base_asset_id, instrument.quote_asset_id}
        market.set_frozen(not both.isdisjoint(state.frozen_assets))
        if status.ends_ns:
            state.timers.set(AUCTION_END, instrument.market_id, status.ends_ns)

    def _take_window(self, part: SecondsPart | HighsPart | LowsPart) -> None:
        restoration = self._statistics.get(part.market_id)
        if restoration is None:
            raise SnapshotError(f"there is no market {part.market_id}")
        restoration.take(part)

    def _take_transfers(self, part: TransfersPart) -> None:
        ledger = self._state.ledger
        for row in part.rows:
            totals = ledger.totals.get(AssetId(row.asset_id))
            if totals is None or row.reference in ledger.transfers or not _may_be(row):
                raise SnapshotError(f"transfer {row.reference!r} cannot have been applied")
            ledger.transfers[row.reference] = Transfer(
                UserId(row.user_id),
                AssetId(row.asset_id),
                row.amount,
                row.kind,
                row.status,
                row.to_user_id,
                row.in_two_steps,
            )
            if row.status == CONFIRMED:
                if row.kind == DEPOSIT:
                    totals.deposited += row.amount
                elif row.kind == WITHDRAWAL:
                    totals.withdrawn += row.amount

    def _take_accounts(self, part: AccountsPart) -> None:
        state = self._state
        accounts = state.ledger.accounts
        for row in part.rows:
            if row.user_id in accounts:
                raise SnapshotError(f"account {row.user_id} is there twice")
            account = state.ledger.account(row.user_id)
            account.tier = row.tier
            account.group_id = row.group_id
            account.self_trade = row.self_trade
            account.is_frozen = row.is_frozen
            account.cancel_at_ns = row.cancel_at_ns
            if row.cancel_at_ns:
                state.timers.set(SWITCH, row.user_id, row.cancel_at_ns)

    def _take_balances(self, part: BalancesPart) -> None:
        ledger = self._state.ledger
        for row in part.rows:
            asset_id = AssetId(row.asset_id)
            account = ledger.account(row.user_id)
            if asset_id not in ledger.totals or asset_id in account.balances:
                raise SnapshotError(f"user {row.user_id} cannot have this balance of {asset_id}")
            account.balance(asset_id).total = row.total_amount

    def _check_ledger(self) -> None:
        ledger = self._state.ledger
        for transfer in ledger.transfers.values():
            if transfer.holds():
                ledger.account(transfer.user_id).balance(transfer.asset_id).held += transfer.amount
        users_amounts = dict.fromkeys(ledger.totals, 0)
        for user_id, account in ledger.accounts.items():
            for asset_id, balance in account.balances.items():
                if balance.held > balance.total:
                    raise SnapshotError(f"user {user_id} holds more of asset {asset_id} than owned")
                users_amounts[asset_id] += balance.total
        for asset_id, totals in ledger.totals.items():
            if not _adds_up(totals, users_amounts[asset_id]):
                raise SnapshotError(f"the balances and fees of asset {asset_id} do not add up")


def _may_be(row: TransferRow) -> bool:
    """Say whether the fields of a transfer go together."""
    if row.kind == TRANSFER_OUT:
        return (
            row.status == CONFIRMED and not row.in_two_steps and 0 < row.to_user_id != row.user_id
        )
    if row.to_user_id:
        return False
    if row.kind == FEES_COLLECTED:
        return row.status == CONFIRMED and not row.in_two_steps
    return row.kind in (DEPOSIT, WITHDRAWAL) and (row.status == CONFIRMED or row.in_two_steps)


def _adds_up(totals: AssetTotals, users_amount: int) -> bool:
    outside_amount = totals.deposited - totals.withdrawn
    return (
        users_amount + totals.fees == outside_amount <= AMOUNT_MAX
        and totals.deposited <= DEPOSITED_MAX
    )
