"""All histories, and the rows that the events of a command are in each. Pure."""

from typing import Final

from matcher.tools.catalog import Catalog
from proto.events import EventBatch
from scripts.reconciliation.expected import (
    BALANCE_CHANGES,
    ORDER_EVENTS,
    TRADES,
    balance_change_row,
    order_event_row,
    trade_row,
)
from scripts.reconciliation.expected_control import (
    ACCOUNT_CHANGES,
    ASSET_CHANGES,
    MARKET_CHANGES,
    TRANSFERS,
    account_change_row,
    asset_change_row,
    market_change_row,
    transfer_row,
)
from scripts.reconciliation.layout import Row

# Tables that grow with each command, and never change. (`orders` is the other kind.)
HISTORIES: Final = (
    TRADES,
    ORDER_EVENTS,
    BALANCE_CHANGES,
    TRANSFERS,
    ACCOUNT_CHANGES,
    MARKET_CHANGES,
    ASSET_CHANGES,
)


def rows_of(events: EventBatch, catalog: Catalog) -> dict[str, list[Row]]:
    """Make the rows of one command, by the name of their table."""
    return {
        TRADES.name: [trade_row(trade, catalog) for trade in events.trades],
        ORDER_EVENTS.name: [
            order_event_row(ordinal, report, catalog)
            for ordinal, report in enumerate(events.reports, 1)
        ],
        BALANCE_CHANGES.name: [
            balance_change_row(ordinal, change, catalog)
            for ordinal, change in enumerate(events.balance_changes, 1)
        ],
        TRANSFERS.name: [transfer_row(transfer, catalog) for transfer in events.transfers],
        ACCOUNT_CHANGES.name: [account_change_row(change) for change in events.account_changes],
        MARKET_CHANGES.name: [
            market_change_row(ordinal, change, catalog)
            for ordinal, change in enumerate(events.market_changes, 1)
        ],
        ASSET_CHANGES.name: [asset_change_row(change, catalog) for change in events.asset_changes],
    }
