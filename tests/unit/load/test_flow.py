"""The flow: the same for the same seed, lifelike in its shares, bounded in its books."""

from collections import Counter

from proto.codes import BUY, FOK, GTC, IOC, LIMIT, MARKET
from scripts.load.flow import MID_MIN_TICKS, RESTING_MAX, Flow, MarketWalk
from scripts.load.operations import Cancel, Operation, Place
from tests.unit.load.scales import BTC_USDT, TATA_INR

CONNECTIONS = 8
USER_IDS = (1, 2, 3)


def make_flow(seed: int) -> Flow:
    walks = [MarketWalk(TATA_INR, 2_000), MarketWalk(BTC_USDT, 0)]
    return Flow(seed, "run", walks, USER_IDS, CONNECTIONS)


def run(flow: Flow, operations: int) -> list[Operation]:
    """Run with every limit GTC order resting for good."""
    done = []
    for i in range(operations):
        operation = flow.next(i % CONNECTIONS)
        done.append(operation)
        if isinstance(operation, Place) and operation.time_in_force == GTC:
            flow.rests(i % CONNECTIONS, operation, i + 1)
    return done


def test_the_same_seed_makes_the_same_flow() -> None:
    assert run(make_flow(1), 2_000) == run(make_flow(1), 2_000)
    assert run(make_flow(1), 2_000) != run(make_flow(2), 2_000)


def test_every_order_has_a_name_of_its_own() -> None:
    places = [o for o in run(make_flow(1), 5_000) if isinstance(o, Place)]
    assert len({place.client_order_id for place in places}) == len(places)
    assert all(place.client_order_id.startswith("run-") for place in places)


def test_shares_are_as_promised() -> None:
    flow = make_flow(3)
    operations: list[Operation] = []
    # A book that lives: resting orders are cancelled before a connection has too many.
    for i in range(40_000):
        operation = flow.next(i % CONNECTIONS)
        operations.append(operation)
        if isinstance(operation, Place) and operation.time_in_force == GTC and i % 4:
            flow.rests(i % CONNECTIONS, operation, i + 1)
    cancels = sum(isinstance(o, Cancel) for o in operations)
    places = [o for o in operations if isinstance(o, Place)]
    kinds = Counter((p.order_type, p.time_in_force) for p in places)
    assert 0.33 < cancels / len(operations) < 0.45
    takers = kinds[LIMIT, IOC] + kinds[LIMIT, FOK] + kinds[MARKET, IOC]
    # Half of the aggressive quarter; the other half are limit orders through the spread.
    assert 0.10 < takers / len(operations) < 0.15
    assert set(kinds) == {(LIMIT, GTC), (LIMIT, IOC), (LIMIT, FOK), (MARKET, IOC)}
    assert {p.user_id for p in places} == set(USER_IDS)
    assert 0.45 < sum(p.side == BUY for p in places) / len(places) < 0.55


def test_a_connection_with_many_resting_orders_cancels_first() -> None:
    flow = make_flow(4)
    resting = {connection: 0 for connection in range(CONNECTIONS)}
    for i in range(20_000):
        connection = i % CONNECTIONS
        operation = flow.next(connection)
        if isinstance(operation, Cancel):
            resting[connection] -= 1
        else:
            flow.rests(connection, operation, i + 1)
            resting[connection] += 1
        assert 0 <= resting[connection] <= RESTING_MAX


def test_orders_obey_the_rules_of_their_market() -> None:
    scales = {1: TATA_INR, 2: BTC_USDT}
    amounts = {1: MarketWalk(TATA_INR, 2_000), 2: MarketWalk(BTC_USDT, 0)}
    for operation in run(make_flow(5), 20_000):
        if not isinstance(operation, Place):
            continue
        market = scales[operation.market_id].market
        assert market.quantity_min_lots <= operation.quantity_lots <= market.quantity_max_lots
        if operation.order_type == MARKET:
            assert operation.price_ticks == 0
            continue
        assert 0 < operation.price_ticks <= market.price_max_ticks
        tick_lot = amounts[operation.market_id].tick_lot_amount
        notional = operation.price_ticks * operation.quantity_lots * tick_lot
        assert notional >= market.notional_min_amount


def test_a_walk_stays_in_range_and_knows_its_amounts() -> None:
    walk = MarketWalk(TATA_INR, 1)
    assert walk.mid_ticks == MID_MIN_TICKS
    walk.step(up=False)
    assert walk.mid_ticks == MID_MIN_TICKS
    walk.step(up=True)
    assert walk.mid_ticks == MID_MIN_TICKS + 1
    # A tick of 0.05 INR times a lot of 1 TATA is 5 paise.
    assert (walk.lot_amount, walk.tick_lot_amount) == (1, 5)
    # 0.00001 BTC is 1,000 satoshi; 0.01 USDT x 0.00001 is 10 of 10^-8.
    assert MarketWalk(BTC_USDT, 0).lot_amount == 1_000
    assert MarketWalk(BTC_USDT, 0).tick_lot_amount == 10
