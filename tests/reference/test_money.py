"""Examples of transfers and fees, computed by hand from docs/trading-rules.md."""

from proto import codes
from proto.commands import (
    CollectFees,
    Deposit,
    RequestTransfer,
    SetAccount,
    SetFees,
    SettleTransfer,
    TransferBetween,
    Withdraw,
)
from proto.definitions import FeeTier
from proto.replies import TransferReply
from tests.reference.desk import RICH, Desk, reason_of


def test_a_requested_withdrawal_holds_until_it_is_settled() -> None:
    desk = Desk()
    request = RequestTransfer(0, 1, 1, 600, "out", True)
    desk.send(request)
    assert (desk.held(1, 1), desk.total(1, 1)) == (600, RICH)
    [change] = desk.exchange.events.balance_changes
    assert (change.reason, change.change_amount) == (codes.WITHDRAWAL_REQUESTED, 0)
    desk.send(SettleTransfer(0, "out", False))
    assert (desk.held(1, 1), desk.total(1, 1)) == (0, RICH)
    assert reason_of(desk.send(SettleTransfer(0, "out", True))) == "TRANSFER_SETTLED"
    again = desk.send(request)
    assert isinstance(again, TransferReply)
    assert again.status == codes.DECLINED


def test_a_requested_deposit_changes_nothing_before_it_is_confirmed() -> None:
    desk = Desk()
    desk.send(RequestTransfer(0, 1, 1, 600, "in", False))
    assert desk.total(1, 1) == RICH
    desk.send(SettleTransfer(0, "in", True))
    assert desk.total(1, 1) == RICH + 600
    assert reason_of(desk.send(SettleTransfer(0, "other", True))) == "UNKNOWN_TRANSFER"


def test_references_are_one_space() -> None:
    desk = Desk()
    desk.send(Deposit(0, 1, 1, 5, "same"))
    assert reason_of(desk.send(Withdraw(0, 1, 1, 5, "same"))) == "DUPLICATE_REFERENCE"
    assert reason_of(desk.send(TransferBetween(0, 1, 1, 1, 5, "other"))) == "INVALID_TRANSFER"


def test_a_frozen_user_gives_nothing_and_gets() -> None:
    desk = Desk()
    desk.send(SetAccount(0, 1, 0, 0, codes.ALLOW, True))
    assert reason_of(desk.send(TransferBetween(0, 1, 2, 1, 5, "a"))) == "USER_FROZEN"
    desk.send(TransferBetween(0, 2, 1, 1, 5, "b"))
    assert (desk.total(1, 1), desk.total(2, 1)) == (RICH + 5, RICH - 5)


def test_rebates_are_rounded_down_and_fees_collected() -> None:
    desk = Desk()
    desk.send(SetFees(0, 1, FeeTier(0, -10_000, 20_000)))
    maker = desk.order(desk.sell(1, 10, 150))
    taker = desk.order(desk.buy(2, 1, 150))
    # A rebate of 1.5 pays 1, a fee of 3.
    assert (maker.fee, taker.fee) == (-1, 3)
    assert reason_of(desk.send(CollectFees(0, 3, 1, 3, "fees"))) == "INSUFFICIENT_BALANCE"
    desk.send(CollectFees(0, 3, 1, 2, "fees"))
    assert desk.total(3, 1) == RICH + 2
    assert desk.exchange.state.money.fees[1] == 0


def test_no_rates_may_meet_that_cost_the_exchange() -> None:
    desk = Desk()
    desk.send(SetFees(0, 1, FeeTier(1, -10_000, 20_000)))
    desk.send(SetAccount(0, 1, 1, 0, codes.ALLOW, False))
    maker = desk.order(desk.sell(1, 10, 150))
    desk.send(SetFees(0, 1, FeeTier(1, 0, 20_000)))
    # The order rests with its rebate, and a taker of any tier may meet it.
    assert reason_of(desk.send(SetFees(0, 1, FeeTier(2, 0, 9_999)))) == "INVALID_FEES"
    desk.buy(2, 10, 150)
    assert maker.status == codes.FILLED
    assert not isinstance(desk.send(SetFees(0, 1, FeeTier(2, 0, 9_999))), TransferReply)
    assert desk.market.rates_of(2).taker == 9_999
