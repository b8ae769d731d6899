"""What an operator says of users and assets.

Theory of operation
-------------------
Each command says how something shall be from now on. Where it is so already the answer is the same,
and nothing is told. Open orders keep what they were accepted with; a freeze leaves them alone.
"""

from matcher.core.events import Events
from matcher.core.state import State
from proto.codes import UNKNOWN_ASSET
from proto.commands import SetAccount, SetAsset
from proto.events import AccountChange, AccountState, AssetChange
from proto.ids import AssetId
from proto.queries import AccountQuery
from proto.replies import AccountReply, Defined, Rejected, Reply


def set_account(command: SetAccount, state: State, events: Events) -> Reply:
    """Set what holds for a user; the dead man's switch stays as it is. Complexity: O(1)."""
    account = state.ledger.find(command.user_id)
    before = account.state()
    after = AccountState(
        account.user_id,
        command.tier,
        command.group_id,
        command.self_trade,
        command.is_frozen,
        account.cancel_at_ns,
    )
    if after != before:
        account.tier = command.tier
        account.group_id = command.group_id
        account.self_trade = command.self_trade
        account.is_frozen = command.is_frozen
        state.ledger.store(account)
        events.account_changes.append(AccountChange(state.sequence, state.timestamp_ns, after))
    return AccountReply(command.request_id, after)


def set_asset(command: SetAsset, state: State, events: Events) -> Reply:
    """Freeze an asset, or thaw it; UNKNOWN_ASSET where there is none. Complexity: O(markets)."""
    asset_id = AssetId(command.asset_id)
    if asset_id not in state.assets:
        return Rejected(command.request_id, UNKNOWN_ASSET)
    if command.is_frozen != (asset_id in state.frozen_assets):
        if command.is_frozen:
            state.frozen_assets.add(asset_id)
        else:
            state.frozen_assets.remove(asset_id)
        for market in state.markets.values():
            instrument = market.instrument
            both = {instrument.base_asset_id, instrument.quote_asset_id}
            market.set_frozen(not both.isdisjoint(state.frozen_assets))
        events.asset_changes.append(
            AssetChange(state.sequence, state.timestamp_ns, asset_id, command.is_frozen)
        )
    return Defined(command.request_id)


def answer_account(query: AccountQuery, state: State) -> Reply:
    """Tell what holds for a user, also for one of whom nothing was said. Complexity: O(1)."""
    return AccountReply(query.request_id, state.ledger.find(query.user_id).state())
