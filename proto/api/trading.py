"""What a trader can ask for, whatever carries it: nine calls, each from a form to an answer.

A call finds the market, turns the form into a command or a query, waits for the reply, and turns
that into the answer. Between a market that is known and the mesh nothing is waited for: calls that
are begun one after the other leave in this order.

`Trading.place` is the hot path of the exchange: one table look-up, one message.
"""

import asyncio
from typing import Final, final

from msgspec import UNSET, UnsetType

from proto.api import answers
from proto.api.auth import user_of
from proto.api.exchange import Exchange, ask
from proto.api.forms.money import BalancesParameters
from proto.api.forms.orders import (
    AmendOrderForm,
    CancelAllAfterForm,
    CancelAllForm,
    CancelOrderForm,
    OpenOrdersParameters,
    OrderParameters,
    PlaceOrderForm,
    ReplaceOrderForm,
)
from proto.api.markets import MarketCatalog
from proto.api.problems import refusal
from proto.api.translate import money, order_answers, values
from proto.api.translate.orders import amend_order, cancel_order, place_order, replace_order
from proto.api.unknown_outcomes import outcome_unknown
from proto.commands import CancelAll, CancelAllAfter
from proto.ids import RequestId
from proto.mesh.errors import OutcomeUnknownError
from proto.queries import BalancesQuery, OpenOrdersQuery, OrderQuery
from proto.replies import (
    AccountReply,
    BalancesReply,
    BalanceState,
    CancelAllReply,
    OpenOrdersReply,
    OrderReply,
    Rejected,
    ReplaceReply,
)

# Orders of a list that are written in one turn of the event loop: about a millisecond.
_ORDERS_AT_ONCE: Final = 256


@final
class Trading:
    """The calls of a trader.

    Each raises `Problem` where the form has a value that it cannot have, where the matcher refuses,
    and where no answer came in time; and `NotTakenError` where the matcher did not take it.
    """

    def __init__(self, exchange: Exchange, markets: MarketCatalog) -> None:
        self._exchange: Final = exchange
        self._markets: Final = markets

    async def place(self, form: PlaceOrderForm, request_id: RequestId) -> answers.PlacedOrder:
        """Place an order."""
        scale = self._markets.get(form.market) or await self._markets.find(form.market)
        exchange = self._exchange
        command = place_order(form, scale, request_id, exchange.deadline_ns())
        # As `ask` does; here without its two calls.
        try:
            reply = await exchange.send(command)
        except OutcomeUnknownError as error:
            raise outcome_unknown(error, command) from None
        if isinstance(reply, Rejected):
            raise refusal(reply.reason)
        assert isinstance(reply, OrderReply)
        return order_answers.placed_order(reply, scale)

    async def amend(self, form: AmendOrderForm, request_id: RequestId) -> answers.PlacedOrder:
        """Change the price or the quantity of an order."""
        scale = await self._markets.find(form.market)
        command = amend_order(form, scale, request_id, self._exchange.deadline_ns())
        reply = await ask(self._exchange, command, OrderReply)
        return order_answers.placed_order(reply, scale)

    async def replace(self, form: ReplaceOrderForm, request_id: RequestId) -> answers.ReplacedOrder:
        """Cancel an order and place another, both or neither."""
        scale = await self._markets.find(form.order.market)
        command = replace_order(form, scale, request_id, self._exchange.deadline_ns())
        reply = await ask(self._exchange, command, ReplaceReply)
        return order_answers.replaced_order(reply, scale)

    async def cancel(self, form: CancelOrderForm, request_id: RequestId) -> answers.Order:
        """Cancel what is left of an order."""
        scale = await self._markets.find(form.market)
        command = cancel_order(form, scale, request_id, self._exchange.deadline_ns())
        reply = await ask(self._exchange, command, OrderReply)
        return order_answers.order(reply.order, scale)

    async def cancel_all(self, form: CancelAllForm, request_id: RequestId) -> answers.CancelledAll:
        """Cancel all orders of a user, or those of a market or side."""
        market_id = await self._market_id(form.market)
        command = CancelAll(
            request_id,
            self._exchange.deadline_ns(),
            user_of(form.user_id),
            market_id,
            0 if form.side is UNSET else values.word("side", form.side, values.SIDES),
        )
        reply = await ask(self._exchange, command, CancelAllReply)
        return answers.CancelledAll(reply.cancelled_orders, reply.is_complete)

    async def cancel_all_after(
        self, form: CancelAllAfterForm, request_id: RequestId
    ) -> answers.Account:
        """Set the dead man's switch, or turn it off."""
        command = CancelAllAfter(
            request_id, self._exchange.deadline_ns(), user_of(form.user_id), form.timeout_ms
        )
        reply = await ask(self._exchange, command, AccountReply)
        return money.account(reply.account)

    async def order(self, form: OrderParameters, request_id: RequestId) -> answers.Order:
        """Find one order among those that the matcher remembers: the open and recent ones.

        Raises:
            Problem: UNKNOWN_ORDER, where it is none of them; the history may have it.
        """
        order_id, name = values.order_names(form.order_id, form.client_order_id)
        query = OrderQuery(request_id, user_of(form.user_id), order_id, name)
        reply = await ask(self._exchange, query, OrderReply)
        return order_answers.order(reply.order, await self._markets.by_id(reply.order.market_id))

    async def open_orders(
        self, form: OpenOrdersParameters, request_id: RequestId
    ) -> list[answers.Order]:
        """List a user's open orders, oldest first."""
        user_id = user_of(form.user_id)
        query = OpenOrdersQuery(request_id, user_id, await self._market_id(form.market))
        reply = await ask(self._exchange, query, OpenOrdersReply)
        orders = []
        for number, state in enumerate(reply.orders, 1):
            orders.append(order_answers.order(state, await self._markets.by_id(state.market_id)))
            if number % _ORDERS_AT_ONCE == 0:
                # There may be many thousands: everybody else has a turn in between.
                await asyncio.sleep(0)
        return orders

    async def balances(
        self, form: BalancesParameters, request_id: RequestId
    ) -> list[answers.Balance]:
        """Show a user's balance in every asset."""
        query = BalancesQuery(request_id, user_of(form.user_id))
        reply = await ask(self._exchange, query, BalancesReply)
        states: dict[int, BalanceState] = {state.asset_id: state for state in reply.balances}
        for asset_id in states:
            # One that is new here too.
            await self._markets.asset_by_id(asset_id)
        assets = await self._markets.assets()
        return [money.balance(asset, states.get(asset.asset_id)) for asset in assets]

    async def _market_id(self, name: str | UnsetType) -> int:
        """Return the market that is named, or 0 for all."""
        return 0 if name is UNSET else (await self._markets.find(name)).market.market_id
