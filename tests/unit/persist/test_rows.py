"""Events as COPY lines, down to the byte."""

import pytest

from persist.catalog import Catalog
from persist.columns import (
    BALANCE_CHANGE_COLUMNS,
    ORDER_COLUMNS,
    ORDER_EVENT_COLUMNS,
    TRADE_COLUMNS,
)
from persist.fields import escape, moment
from persist.rows import HistoryRows
from proto.codes import (
    CANCELLED,
    DEPOSIT,
    INSUFFICIENT_BALANCE,
    MARKET,
    OK,
    PARTIALLY_FILLED,
    REJECTED,
    REPORT_ACCEPTED,
    REPORT_CANCELLED,
    REPORT_FILL,
    REPORT_REJECTED,
    SELL,
    TRADE,
)
from proto.events import BalanceChange, EventBatch, ExecutionReport, Trade
from proto.ids import AssetId, OrderId, Sequence, TradeId, UserId
from tests.unit.persist.examples import (
    NOON,
    NOON_NS,
    batch,
    history_lines,
    order,
    order_lines,
    report,
)


def rows_of(events: EventBatch) -> HistoryRows:
    rows = HistoryRows(Catalog())
    rows.add(events)
    return rows


def test_a_trade_is_written_with_the_decimals_of_its_market() -> None:
    events = batch()
    events.trades.append(
        Trade(
            TradeId(9),
            1,
            4,
            Sequence(8),
            NOON_NS + 1_999,
            2_000,
            25,
            250_000,
            SELL,
            OrderId(8),
            OrderId(7),
            UserId(4),
            UserId(3),
            500,
            -250,
        )
    )
    line = (
        "9\tBTC_USDT\t4\t100.00\t0.00250\t0.250000\tsell\tt\t8\t7\t4\t3\t0.000500\t-0.000250\t8\t"
        "2025-12-01 12:00:00.000001+00:00"
    )
    assert history_lines(rows_of(events), "trades") == [line]
    assert line.count("\t") + 1 == len(TRADE_COLUMNS)


def test_an_accepted_order_and_its_fill() -> None:
    events = batch()
    events.reports.append(report(REPORT_ACCEPTED, order()))
    filled = order(PARTIALLY_FILLED, 10)
    events.reports.append(
        ExecutionReport(Sequence(8), REPORT_FILL, OK, filled, TradeId(9), 1_999, 10, 200, True)
    )
    rows = rows_of(events)
    accepted_line, fill_line = history_lines(rows, "order_events")
    assert accepted_line == (
        "7\t7\t1\t3\tBTC_USDT\taccepted\t\\N\tnew\t100.00\t0.00250\t0.00000\t\\N\t"
        "\\N\t\\N\t\\N\t\\N\t\\N\t" + NOON + "\t0.000000\t0.000000"
    )
    assert fill_line == (
        "7\t8\t1\t3\tBTC_USDT\tfill\t\\N\tpartially_filled\t100.00\t0.00250\t0.00100\t\\N\t"
        "9\t99.95\t0.00100\t0.000200\tt\t" + NOON + "\t0.100000\t0.000200"
    )
    assert accepted_line.count("\t") + 1 == fill_line.count("\t") + 1 == len(ORDER_EVENT_COLUMNS)


def test_of_several_states_of_an_order_the_last_is_written() -> None:
    events = batch()
    events.reports.append(report(REPORT_ACCEPTED, order()))
    events.reports.append(report(REPORT_ACCEPTED, order(order_id=5)))
    cancelled = order(CANCELLED, 10, client_order_id="mine", updated_ns=NOON_NS + 10**9)
    events.reports.append(report(REPORT_CANCELLED, cancelled))
    lines = order_lines(rows_of(events))
    assert [line.split("\t")[0] for line in lines] == ["7", "5"]
    assert lines[0] == (
        "7\t3\tBTC_USDT\tmine\tbuy\tlimit\tGTC\tf\t100.00\t0.00250\t0.00100\t0.100000\t0.000200\t"
        f"cancelled\t{NOON}\t2025-12-01 12:00:01+00:00" + "\t\\N" * 10
    )
    assert lines[0].count("\t") + 1 == len(ORDER_COLUMNS)


def test_a_market_order_has_no_price_and_a_rejection_a_reason() -> None:
    events = batch()
    state = order(REJECTED, order_type=MARKET)
    events.reports.append(report(REPORT_REJECTED, state, INSUFFICIENT_BALANCE))
    rows = rows_of(events)
    event = dict(
        zip(ORDER_EVENT_COLUMNS, history_lines(rows, "order_events")[0].split("\t"), strict=True)
    )
    assert (event["event"], event["reason"]) == ("rejected", "INSUFFICIENT_BALANCE")
    assert (event["price"], event["trade_id"]) == (r"\N", r"\N")
    state_row = dict(zip(ORDER_COLUMNS, order_lines(rows)[0].split("\t"), strict=True))
    assert (state_row["type"], state_row["price"]) == ("market", r"\N")


def test_balance_changes_have_signs_and_the_decimals_of_their_asset() -> None:
    events = batch()
    common = (Sequence(1), NOON_NS, UserId(3))
    events.balance_changes.append(
        BalanceChange(*common, AssetId(2), TRADE, -1, 1, 0, 0, TradeId(9), "")
    )
    events.balance_changes.append(
        BalanceChange(*common, AssetId(1), DEPOSIT, 10**8, 0, 10**8, 7, TradeId(0), "a\tb")
    )
    first, second = history_lines(rows_of(events), "balance_changes")
    assert first == (
        f"3\tUSDT\t1\t1\ttrade\t-0.000001\t0.000001\t0.000000\t0.000000\t9\t\\N\t{NOON}"
    )
    assert second == (
        "3\tBTC\t1\t2\tdeposit\t1.00000000\t0.00000000\t1.00000000\t0.00000007\t\\N\ta\\tb\t" + NOON
    )
    assert first.count("\t") + 1 == len(BALANCE_CHANGE_COLUMNS)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", r"\N"),
        (r"\N", r"\\N"),
        (r"\.", r"\\."),
        ("a\tb\nc\rd\\", r"a\tb\nc\rd\\"),
        ("\0", "\u2400"),
        ("न्यू ord🙂er", "न्यू ord🙂er"),
    ],
)
def test_clients_text_cannot_break_out_of_its_field(text: str, field: str) -> None:
    assert escape(text) == field


def test_the_times_of_the_histories_do_not_include_when_an_order_was_placed() -> None:
    events = batch()
    state = order(CANCELLED, updated_ns=NOON_NS + 5)
    events.reports.append(report(REPORT_CANCELLED, state))
    rows = rows_of(events)
    order_lines(rows)
    history_lines(rows, "order_events")
    assert set(rows.times_ns()) == {NOON_NS + 5}


def test_moments_are_exact_to_the_microsecond_for_ever() -> None:
    assert moment(4_611_686_018_427_387_903).isoformat() == "2116-02-20T23:53:38.427387+00:00"


def test_what_nobody_defined_is_not_written() -> None:
    events = batch()
    events.balance_changes.append(
        BalanceChange(
            Sequence(1), NOON_NS, UserId(3), AssetId(99), DEPOSIT, 1, 0, 1, 0, TradeId(0), "r"
        )
    )
    rows = rows_of(events)
    with pytest.raises(KeyError):
        history_lines(rows, "balance_changes")


def test_an_order_is_new_if_its_acceptance_is_among_the_events() -> None:
    rows = HistoryRows(Catalog())
    first = batch()
    first.reports.append(report(REPORT_ACCEPTED, order(order_id=7)))
    first.reports.append(report(REPORT_CANCELLED, order(CANCELLED, order_id=5)))
    first.reports.append(report(REPORT_REJECTED, order(REJECTED, order_id=8)))
    rows.add(first)
    second = batch()
    second.reports.append(report(REPORT_CANCELLED, order(CANCELLED, order_id=7), sequence=9))
    rows.add(second)
    new, known = b"".join(rows.new_orders()), b"".join(rows.known_orders())
    assert [line.split("\t")[0] for line in new.decode().splitlines()] == ["7"]
    assert "\tcancelled\t" in new.decode()
    # A refused order may be one that was accepted before, and waited for its trigger.
    assert [line.split("\t")[0] for line in known.decode().splitlines()] == ["5", "8"]


def test_rows_come_in_pieces_that_are_whole_lines_in_order() -> None:
    rows = HistoryRows(Catalog())
    for sequence in range(1, 1_202):
        events = batch()
        events.reports.append(report(REPORT_ACCEPTED, order(order_id=sequence), sequence=sequence))
        rows.add(events)
    pieces = list(rows.histories()["order_events"])
    assert len(pieces) > 2
    assert all(piece.endswith(b"\n") for piece in pieces)
    ids = [int(line.split(b"\t")[0]) for line in b"".join(pieces).splitlines()]
    assert ids == list(range(1, 1_202))


def test_ordinals_begin_anew_with_each_batch() -> None:
    rows = HistoryRows(Catalog())
    for shard in (0, 1):
        events = batch()
        events.shard = shard
        events.reports.append(report(REPORT_ACCEPTED, order(order_id=7 + shard), sequence=5))
        rows.add(events)
    assert [line.split("\t")[2] for line in history_lines(rows, "order_events")] == ["1", "1"]
