"""A table against a replay: equal is equal, and each way of differing is counted and named."""

from scripts.load.audits import Audit
from scripts.reconciliation.expected import ORDERS
from scripts.reconciliation.layout import Layout, Row
from scripts.reconciliation.orders import ExpectedOrders, compare_orders
from scripts.reconciliation.table import TableComparison
from tests.unit.reconciliation.streams import stream_of

LAYOUT = Layout("fruits", ("name", "sequence", "colour"), ("sequence", "name"))


def fruit(sequence: int, name: str, colour: str = "red") -> tuple[int, Row]:
    return sequence, (name, str(sequence), colour)


HISTORY = [
    fruit(3, "apple"),
    fruit(3, "cherry"),
    fruit(3, "cherry"),
    fruit(7, "plum", "blue"),
    fruit(9, "pear", "green"),
]


async def compare(
    expected: list[tuple[int, Row]], stored: list[tuple[int, Row]], first_sequence: int = 1
) -> Audit:
    comparison = TableComparison(LAYOUT, stream_of(stored), first_sequence)
    for sequence in sorted({sequence for sequence, _ in expected}):
        await comparison.expect(sequence, [row for value, row in expected if value == sequence])
    return await comparison.finish()


async def test_equal_in_whatever_order_within_a_command() -> None:
    swapped = [HISTORY[2], HISTORY[0], HISTORY[1], *HISTORY[3:]]
    audit = await compare(HISTORY, swapped)
    assert audit.ok
    assert audit.detail == "5 rows equal"


async def test_a_missing_row() -> None:
    for missing in range(len(HISTORY)):
        stored = HISTORY[:missing] + HISTORY[missing + 1 :]
        audit = await compare(HISTORY, stored)
        assert not audit.ok
        sequence, (name, *_) = HISTORY[missing]
        assert audit.findings == (
            f"fruits sequence={sequence} name={name}: is missing in the database",
        )
        assert audit.detail == "4 rows equal, 1 not"


async def test_a_row_that_is_there_twice_or_made_up() -> None:
    for extra in (HISTORY[0], fruit(1, "fig"), fruit(8, "fig"), fruit(99, "fig")):
        audit = await compare(HISTORY, sorted([*HISTORY, extra], key=lambda row: row[0]))
        assert not audit.ok
        (finding,) = audit.findings
        assert f"sequence={extra[0]} name={extra[1][0]}" in finding
        assert "in the database and not, or not so often, in the journal" in finding


async def test_a_value_that_differs_is_named_with_its_column() -> None:
    audit = await compare(HISTORY, [*HISTORY[:3], fruit(7, "plum", "yellow"), HISTORY[4]])
    assert audit.findings == (
        "fruits sequence=7 name=plum: colour is 'yellow' in the database, 'blue' by the journal",
    )


async def test_everything_may_be_missing_and_only_some_is_shown() -> None:
    audit = await compare([fruit(n, f"f{n}") for n in range(1, 101)], [])
    assert not audit.ok
    assert len(audit.findings) == 6
    assert audit.findings[-1] == "and 95 more"


async def test_what_is_older_than_the_replay_is_counted_and_not_judged() -> None:
    audit = await compare(HISTORY[3:], HISTORY, first_sequence=7)
    assert audit.ok
    assert audit.detail == "2 rows equal, 3 older than the journal"


def order(order_id: int, status: str) -> Row:
    filler = dict.fromkeys(ORDERS.columns, "x") | {"order_id": str(order_id), "status": status}
    return tuple(filler.values())


async def compare_states(
    states: list[tuple[int, str]], stored: list[tuple[int, str]], last_number: int = 0
) -> Audit:
    with ExpectedOrders() as expected:
        for order_id, status in states:
            expected.put(order_id, order(order_id, status))
        stream = stream_of([(order_id, order(order_id, status)) for order_id, status in stored])
        return await compare_orders(expected, stream, last_number)


async def test_orders_count_by_their_last_state() -> None:
    states = [(5, "new"), (3, "new"), (5, "filled"), (9, "new"), (3, "cancelled")]
    last = [(3, "cancelled"), (5, "filled"), (9, "new")]
    audit = await compare_states(states, last)
    assert audit.ok
    assert audit.detail == "3 rows equal"
    audit = await compare_states(states, [(3, "new"), *last[1:]])
    assert "status is 'new' in the database, 'cancelled' by the journal" in audit.findings[0]
    audit = await compare_states(states, last[1:])
    assert "order_id=3: is missing" in audit.findings[0]
    audit = await compare_states(states, [*last, (12, "new")])
    assert "order_id=12: is in the database and not" in audit.findings[0]
    audit = await compare_states(states, [(2, "new"), *last], last_number=2)
    assert audit.ok
    assert audit.detail == "3 rows equal, 1 older than the journal"


async def test_more_orders_than_are_kept_in_memory() -> None:
    numbers = range(1, 5_001)
    states = [(n, "new") for n in numbers] + [(n, "filled") for n in reversed(numbers)]
    audit = await compare_states(states, [(n, "filled") for n in numbers])
    assert audit.ok
    assert audit.detail == "5,000 rows equal"
