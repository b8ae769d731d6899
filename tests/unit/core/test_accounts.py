"""What an operator says of users and assets."""

import pytest
from msgspec.structs import replace

from matcher.core.accounts import answer_account, set_account, set_asset
from matcher.core.instrument import Instrument
from matcher.core.market import Market
from proto.codes import ALLOW, CANCEL_BOTH, DECREMENT, UNKNOWN_ASSET
from proto.commands import SetAccount, SetAsset
from proto.definitions import AssetDefinition, MarketDefinition
from proto.events import AccountChange, AccountState, AssetChange
from proto.ids import AssetId
from proto.limits import TIER_MAX
from proto.queries import AccountQuery
from proto.replies import AccountReply, Defined, Rejected
from tests.unit.core.bank import GOLD, INR, Bank

NOTHING_SAID = SetAccount(5, 1, 0, 0, ALLOW, False)


def test_a_user_of_whom_nothing_was_said() -> None:
    bank = Bank()
    nobody = AccountState(1, 0, 0, ALLOW, False, 0)
    assert answer_account(AccountQuery(6, 1), bank.state) == AccountReply(6, nobody)
    # To say so changes nothing, and makes no account.
    assert bank.apply(set_account, NOTHING_SAID) == AccountReply(5, nobody)
    assert bank.is_silent()
    assert not bank.state.ledger.accounts


@pytest.mark.parametrize(
    "changes",
    [
        {"tier": TIER_MAX},
        {"group_id": 7},
        {"self_trade": DECREMENT},
        {"is_frozen": True},
        {"tier": 3, "group_id": 2, "self_trade": CANCEL_BOTH, "is_frozen": True},
    ],
)
def test_what_is_said_holds_is_told_and_is_answered(changes: dict[str, int]) -> None:
    bank = Bank()
    command = replace(NOTHING_SAID, **changes)
    state = AccountState(
        1, command.tier, command.group_id, command.self_trade, command.is_frozen, 0
    )
    assert bank.apply(set_account, command) == AccountReply(5, state)
    assert bank.events.account_changes == [AccountChange(*bank.stamp(), state)]
    assert bank.state.ledger.accounts[1].state() == state
    assert answer_account(AccountQuery(6, 1), bank.state) == AccountReply(6, state)
    # Again: the same answer, and nothing more to tell.
    assert bank.apply(set_account, command) == AccountReply(5, state)
    assert bank.is_silent()
    # And back.
    assert bank.apply(set_account, NOTHING_SAID) == AccountReply(
        5, AccountState(1, 0, 0, ALLOW, False, 0)
    )
    assert len(bank.events.account_changes) == 1


def test_the_dead_mans_switch_and_the_balances_stay() -> None:
    bank = Bank()
    account = bank.state.ledger.account(1)
    account.cancel_at_ns = 99
    balance = account.balance(INR)
    reply = bank.apply(set_account, replace(NOTHING_SAID, tier=2))
    assert reply == AccountReply(5, AccountState(1, 2, 0, ALLOW, False, 99))
    assert bank.state.ledger.account(1) is account
    assert account.balance(INR) is balance


def test_an_asset_is_frozen_and_thawed() -> None:
    bank = Bank()
    for is_frozen in (True, False):
        command = SetAsset(5, GOLD, is_frozen)
        assert bank.apply(set_asset, command) == Defined(5)
        assert bank.events.asset_changes == [AssetChange(*bank.stamp(), GOLD, is_frozen)]
        assert bank.state.frozen_assets == ({GOLD} if is_frozen else set())
        assert bank.apply(set_asset, command) == Defined(5)
        assert bank.is_silent()


def test_an_asset_that_is_not_there() -> None:
    bank = Bank()
    assert bank.apply(set_asset, SetAsset(5, 9, True)) == Rejected(5, UNKNOWN_ASSET)
    assert bank.is_silent()
    assert not bank.state.frozen_assets


def test_a_market_is_frozen_while_one_of_its_assets_is() -> None:
    bank = Bank()
    assets = bank.state.assets
    silver = AssetId(3)
    assets[silver] = AssetDefinition(silver, "SILVER", 0)
    bank.state.ledger.add_asset(silver)
    markets = bank.state.markets
    for market_id, base_id in ((1, GOLD), (2, silver)):
        definition = MarketDefinition(
            market_id, f"M{market_id}", base_id, INR, 2, 1, 0, 1, 1_000, 1, 100, 0, 0, 0
        )
        markets[market_id] = Market(Instrument(definition, assets[base_id], assets[INR]))

    def frozen_after(asset_id: int, is_frozen: bool) -> list[int]:
        bank.apply(set_asset, SetAsset(5, asset_id, is_frozen))
        assert all(market.is_open != market.is_frozen for market in markets.values())
        return [market_id for market_id in markets if markets[market_id].is_frozen]

    assert frozen_after(GOLD, True) == [1]
    assert frozen_after(INR, True) == [1, 2]
    assert frozen_after(GOLD, False) == [1, 2]
    assert frozen_after(silver, True) == [1, 2]
    assert frozen_after(INR, False) == [2]
    assert frozen_after(silver, False) == []
