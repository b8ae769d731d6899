"""What the engine is measured beside does the same commands, and none that it cannot do."""

from proto.codes import BUY, FOK, GTC, IOC, LIMIT, MARKET, SELL
from proto.commands import CancelOrder, Command, PlaceOrder
from proto.ids import order_id_of
from scripts.benches.engine_flows import engine_flows
from scripts.benches.engine_round import batches_of, run_engine
from scripts.benches.peer_operations import Operation
from scripts.benches.shared_flow import share
from scripts.benches.workload import founding_commands
from tests.stand_ins.limit_order_book import LimitOrderBook

FIRST = len(founding_commands()) + 1


def place(side: int, quantity_lots: int, *, force: int = GTC, price_ticks: int = 1_000) -> Command:
    order_type = LIMIT if price_ticks else MARKET
    return PlaceOrder(0, 0, 1, 1, side, order_type, force, False, price_ticks, quantity_lots, "")


def operations(*commands: Command) -> list[Operation]:
    return share(founding_commands(), commands).peer.measure


def test_both_come_to_the_same_trades_and_books() -> None:
    for flow in engine_flows(3_000, 200).values():
        shared = share(flow.prepare, flow.measure)
        prepare, measure = batches_of(shared.flow.prepare), batches_of(shared.flow.measure)
        assert run_engine(prepare, measure).outcome == shared.trades
        books: dict[int, LimitOrderBook] = {}
        for each in (*shared.peer.prepare, *shared.peer.measure):
            getattr(books.setdefault(each.book, LimitOrderBook()), each.method)(*each.arguments)
        assert sum(book.count() for book in books.values()) == shared.resting
        assert len(shared.peer.measure) == shared.commands == sum(map(len, measure))


def test_a_flow_without_what_changes_nothing_is_left_as_it_is() -> None:
    flow = engine_flows(100, 200)["cancels"]
    shared = share(flow.prepare, flow.measure)
    assert [c for batch in batches_of(shared.flow.measure) for c in batch] == flow.measure


def test_what_must_not_rest_gets_what_it_trades() -> None:
    assert operations(
        place(SELL, 10), place(BUY, 30, force=IOC), place(BUY, 10, force=IOC), place(BUY, 20)
    ) == [
        Operation(1, "limit_sell", (FIRST, 1, 1_000)),
        Operation(1, "limit_buy", (FIRST + 1, 1, 1_000)),
        # The one between traded nothing, so this one is the third.
        Operation(1, "limit_buy", (FIRST + 2, 2, 1_000)),
    ]


def test_a_market_order_has_no_price_and_one_that_is_not_filled_whole_is_left_out() -> None:
    assert operations(
        place(BUY, 10), place(SELL, 20, force=FOK), place(SELL, 10, force=IOC, price_ticks=0)
    ) == [
        Operation(1, "limit_buy", (FIRST, 1, 1_000)),
        Operation(1, "market_sell", (FIRST + 1, 1)),
    ]


def test_a_cancel_names_the_order_as_it_is_numbered_now_and_one_too_late_is_left_out() -> None:
    late = CancelOrder(0, 0, 1, 1, order_id_of(0, FIRST), "")
    in_time = CancelOrder(0, 0, 1, 1, order_id_of(0, FIRST + 3), "")
    assert operations(place(SELL, 10), place(BUY, 10), late, place(BUY, 10), in_time) == [
        Operation(1, "limit_sell", (FIRST, 1, 1_000)),
        Operation(1, "limit_buy", (FIRST + 1, 1, 1_000)),
        Operation(1, "limit_buy", (FIRST + 2, 1, 1_000)),
        Operation(1, "cancel", (FIRST + 2,)),
    ]
