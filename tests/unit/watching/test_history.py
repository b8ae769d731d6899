"""Complete streams against a replay: the truth is believed, and every lie is found."""

from collections.abc import Callable

import msgspec
import pytest

from proto.codes import REPORT_FILL
from scripts.load.audits import Audit
from scripts.watching.history import StreamHistory, audit_trades_told
from scripts.watching.marks import mark_of_position
from scripts.watching.moments import moment_us
from scripts.watching.pages import Pages
from scripts.watching.plan import Begin
from scripts.watching.told import told_trade
from tests.unit.watching.honest import streams_of
from tests.unit.watching.steps import Past, lively_past

BEGINNING = Begin(0, 0)
ORDERS = "orders of user 1"
LATER = "2024-01-01T00:00:00.000000Z"


@pytest.fixture(scope="module")
def past() -> Past:
    return lively_past(seed=5, commands=600)


@pytest.fixture
def told(past: Past) -> dict[str, list[bytes]]:
    """What an honest exchange tells."""
    return streams_of(past.steps, past.catalog)


def packed(texts: list[bytes]) -> list[bytes]:
    pages = Pages()
    for text in texts:
        pages.add(text)
    return pages.packed()


def judge(past: Past, told: dict[str, list[bytes]], begin: Begin = BEGINNING) -> dict[str, Audit]:
    """The audits, by the kind of stream."""
    tapes = {name: packed(texts) for name, texts in told.items()}
    history = StreamHistory(tapes, begin, past.catalog)
    for step in past.steps:
        history.on_step(step)
    return {audit.name.split()[1]: audit for audit in history.audits()}


def changed(text: bytes, *path: str, value: object) -> bytes:
    """A message in which one value is another."""
    data = msgspec.json.decode(text)
    place = data
    for name in path[:-1]:
        place = place[name]
    assert place[path[-1]] != value
    place[path[-1]] = value
    return msgspec.json.encode(data)


def test_the_truth(past: Past, told: dict[str, list[bytes]]) -> None:
    audits = judge(past, told)
    assert [audit for audit in audits.values() if not audit.ok] == []
    assert set(audits) == {"trades", "orders", "fills", "balances"}
    reports = [report for step in past.steps for report in step.events.reports]
    # What is equal nobody could tell without looking: so many were looked at.
    assert audits["orders"].detail.startswith(f"{len(reports):,} messages of 4 streams")
    fills = sum(report.report == REPORT_FILL for report in reports)
    assert fills > 100
    assert audits["fills"].detail.startswith(f"{fills:,} messages")
    changes = sum(len(step.events.balance_changes) for step in past.steps)
    assert audits["balances"].detail.startswith(f"{changes:,} messages")
    assert audits["trades"].detail.startswith(f"{fills // 2:,} messages of 2 streams")


def test_every_kind_of_event_was_in_it(told: dict[str, list[bytes]]) -> None:
    texts = [text for name, stream in told.items() if name.startswith("orders") for text in stream]
    events = {msgspec.json.decode(text)["event"] for text in texts}
    assert events >= {
        "accepted", "fill", "cancelled", "expired", "rejected", "triggered", "amended", "reduced",
    }  # fmt: skip


def swapped(texts: list[bytes]) -> list[bytes]:
    return [*texts[:10], texts[11], texts[10], *texts[12:]]


@pytest.mark.parametrize(
    "kind", ["trades@GOLD_INR", ORDERS, "fills of user 2", "balances of user 1"]
)
@pytest.mark.parametrize(
    ("lie", "finding"),
    [
        (lambda texts: texts[:10] + texts[11:], "never told"),
        (lambda texts: texts[1:], "never told"),
        (lambda texts: texts[:-1], "never told"),
        (lambda texts: [*texts[:10], texts[9], *texts[10:]], "not in the journal"),
        (lambda texts: [*texts, texts[-1]], "not in the journal"),
        (swapped, "never told"),
        (lambda texts: [*texts[:10], b'{"odd":1}', *texts[11:]], "never told"),
    ],
)
def test_what_is_missing_doubled_or_out_of_order_is_found(
    past: Past,
    told: dict[str, list[bytes]],
    kind: str,
    lie: Callable[[list[bytes]], list[bytes]],
    finding: str,
) -> None:
    told[kind] = lie(told[kind])
    failed = [audit for audit in judge(past, told).values() if not audit.ok]
    assert [audit.name.split()[1] for audit in failed] == [kind.replace("@", " ").split()[0]]
    assert any(finding in text for text in failed[0].findings)


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("trades@GOLD_INR", ("price",), "0.07"),
        ("trades@GOLD_INR", ("quantity",), "0"),
        ("trades@GOLD_INR", ("quote_quantity",), "0.00"),
        ("trades@GOLD_INR", ("market",), "SILVER_INR"),
        ("trades@GOLD_INR", ("timestamp",), LATER),
        (ORDERS, ("event",), "fired"),
        (ORDERS, ("reason",), "SELF_TRADE"),
        (ORDERS, ("order", "order_id"), "1"),
        (ORDERS, ("order", "client_order_id"), "x"),
        (ORDERS, ("order", "user_id"), "2"),
        (ORDERS, ("order", "side"), "both"),
        (ORDERS, ("order", "type"), "x"),
        (ORDERS, ("order", "time_in_force"), "x"),
        (ORDERS, ("order", "price"), "0.001"),
        (ORDERS, ("order", "quantity"), "0"),
        (ORDERS, ("order", "executed_quantity"), "77"),
        (ORDERS, ("order", "remaining_quantity"), "77"),
        (ORDERS, ("order", "executed_quote_quantity"), "77"),
        (ORDERS, ("order", "fee"), "77"),
        (ORDERS, ("order", "status"), "x"),
        (ORDERS, ("order", "created_at"), LATER),
        (ORDERS, ("order", "updated_at"), LATER),
        ("fills of user 1", ("fee",), "77"),
        ("fills of user 1", ("trade_id",), "77"),
        ("fills of user 1", ("order_status",), "new"),
        ("fills of user 1", ("client_order_id",), "x"),
        ("balances of user 1", ("asset",), "BTC"),
        ("balances of user 1", ("reason",), "x"),
        ("balances of user 1", ("change",), "0.01"),
        ("balances of user 1", ("fee",), "0.01"),
        ("balances of user 1", ("total",), "0.01"),
        ("balances of user 1", ("held",), "0.01"),
        ("balances of user 1", ("trade_id",), "77"),
        ("balances of user 1", ("reference",), "x"),
    ],
)
def test_a_wrong_value_is_found(
    past: Past, told: dict[str, list[bytes]], kind: str, path: tuple[str, ...], value: object
) -> None:
    texts = told[kind]
    texts[10] = changed(texts[10], *path, value=value)
    (failed,) = [audit for audit in judge(past, told).values() if not audit.ok]
    (finding,) = failed.findings
    # A moment is compared as a number.
    told_as = str(moment_us(LATER)) if value == LATER else value
    assert f"was told as {told_as!r}" in finding


def test_a_truth_about_the_maker_is_of_the_text_too(
    past: Past, told: dict[str, list[bytes]]
) -> None:
    for kind, name in (("trades@GOLD_INR", "is_buyer_maker"), ("fills of user 1", "is_maker")):
        texts = list(told[kind])
        value = not msgspec.json.decode(texts[3])[name]
        texts[3] = changed(texts[3], name, value=value)
        assert not all(audit.ok for audit in judge(past, {**told, kind: texts}).values())


def test_what_was_before_the_beginning_is_nobodys_to_judge(
    past: Past, told: dict[str, list[bytes]]
) -> None:
    middle = past.steps[len(past.steps) // 2].journaled.sequence
    trade_id = max(
        (trade.trade_id for step in past.steps for trade in step.events.trades
         if step.journaled.sequence <= middle),
    )  # fmt: skip

    def is_later(name: str, text: bytes) -> bool:
        data = msgspec.json.decode(text)
        if name.startswith("trades"):
            return int(data["trade_id"]) > trade_id
        return mark_of_position(data["position"]) > mark_of_position(str(middle))

    late = {name: [t for t in texts if is_later(name, t)] for name, texts in told.items()}
    assert all(audit.ok for audit in judge(past, late, Begin(trade_id, middle)).values())
    assert not all(audit.ok for audit in judge(past, told, Begin(trade_id, middle)).values())


def test_trades_against_rows() -> None:
    past = lively_past(seed=6, commands=200)
    texts = streams_of(past.steps, past.catalog)["trades@GOLD_INR"]
    rows = [told_trade(text) for text in texts]
    assert audit_trades_told("trades@GOLD_INR", packed(texts), rows).ok
    assert not audit_trades_told("trades@GOLD_INR", packed(texts[1:]), rows).ok
    assert not audit_trades_told("trades@GOLD_INR", packed(texts), rows[1:]).ok
    assert not audit_trades_told("trades@GOLD_INR", [], rows).ok
    other = (rows[0][0], (*rows[0][1][:2], "9.99", *rows[0][1][3:]))
    assert not audit_trades_told("trades@GOLD_INR", packed(texts), [other, *rows[1:]]).ok


def test_many_findings_are_counted_without_an_end(past: Past, told: dict[str, list[bytes]]) -> None:
    told[ORDERS] = []
    audit = judge(past, told)["orders"]
    assert not audit.ok
    assert audit.findings[-1].startswith("and ")
