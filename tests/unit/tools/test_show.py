"""show: what each line says, where it begins and ends, and that it follows."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from matcher.journal.archive import retire_segments
from matcher.journal.disk import FolderDisk
from matcher.journal.format import JournalError
from matcher.tools.data_folder import DataFolder
from matcher.tools.options import ShowOptions
from matcher.tools.show import Shower
from matcher.tools.terminal import Style, utc_text
from proto.codes import BUY
from proto.commands import Deposit
from proto.limits import INTEGER_MAX
from tests.unit.tools.data_folders import SmallExchange, place, small_exchange
from tests.waiting import block_until

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def exchange(tmp_path: Path) -> SmallExchange:
    return small_exchange(tmp_path)


def options(
    first: int = 1,
    last: int = INTEGER_MAX,
    *,
    events: bool = False,
    json: bool = False,
    follow: bool = False,
) -> ShowOptions:
    return ShowOptions(None, first, last, events, json, follow)


def show(exchange: SmallExchange, chosen: ShowOptions) -> list[str]:
    lines: list[str] = []
    folder = DataFolder(exchange.data_dir, 0)
    Shower(folder, chosen, lines.append, Style(coloured=False)).run(lambda: None)
    return "".join(lines).splitlines()


def test_each_command_is_a_line(exchange: SmallExchange) -> None:
    lines = show(exchange, options())
    assert len(lines) == 15
    said = [line[12 + 29 :] for line in lines]
    assert said == [
        "define_asset         INR, 2 decimals",
        "define_asset         TATA, 0 decimals",
        "define_asset         USDT, 8 decimals",
        "define_asset         BTC, 8 decimals",
        "define_market        TATA_INR, tick 0.05, lot 1, fees 0.000500 maker 0.001000 taker",
        "define_market        BTC_USDT, tick 0.01, lot 0.00001, fees 0.001000 maker 0.001000 taker",
        "deposit              user 1      100000.00 INR  reference='bank-1'",
        "deposit              user 2      500 TATA  reference='vault-1'",
        "place                user 1      TATA_INR   buy  10 @ 100.00 GTC  id='bid'",
        "place                user 1      TATA_INR   buy  5 @ 95.00 GTC",
        "place                user 2      TATA_INR   sell 4 @ 100.00 GTC  id='ask'",
        "place                user 2      TATA_INR   sell 4 @ 100.00 GTC  id='ask'",
        "cancel               user 1      TATA_INR   order 10",
        "place                user 2      TATA_INR   sell 9999 @ 100.00 GTC",
        "withdraw             user 1      25.50 INR  reference='bank-2'",
    ]
    assert lines[8].startswith("         9  2023-11-14T22:13:20.009000Z  ")


def test_a_part_of_it(exchange: SmallExchange) -> None:
    assert [line.split()[0] for line in show(exchange, options(10, 12))] == ["10", "11", "12"]
    assert show(exchange, options(16)) == []


def test_what_each_command_did(exchange: SmallExchange) -> None:
    lines = [line.strip() for line in show(exchange, options(11, 14, events=True))]
    assert "-> order 11 filled, executed 4 in 1 fill" in lines
    assert "report order 9 of user 1 fill 4 @ 100.00 as maker, fee 0.20, executed 4 of 10" in lines
    assert (
        "trade 1 TATA_INR 4 @ 100.00 = 400.00, taker sell order 11 fee 0.40, "
        "maker order 9 fee 0.20" in lines
    )
    assert "balance user 2 INR 399.60 (fee 0.40) trade, total 399.60, held 0.00" in lines
    assert "level TATA_INR bid 6 @ 100.00, book sequence 3" in lines
    assert lines.count("-> order 11 filled, executed 4 in 1 fill") == 2
    assert "-> order 10 cancelled, executed 0" in lines
    assert "-> rejected: INSUFFICIENT_BALANCE" in lines
    assert "report order 14 of user 2 rejected: INSUFFICIENT_BALANCE, executed 0 of 9999" in lines


def test_json_has_every_field(exchange: SmallExchange) -> None:
    (placed,) = (json.loads(line) for line in show(exchange, options(9, 9, json=True)))
    assert placed == {
        "sequence": 9,
        "timestamp": "2023-11-14T22:13:20.009000Z",
        "timestamp_ns": 1_700_000_000_009_000_000,
        "epoch": 1,
        "command": "place",
        "request_id": "0000000000000007",
        "deadline_ns": None,
        "market": "TATA_INR",
        "user_id": "1",
        "side": "buy",
        "type": "limit",
        "price": "100.00",
        "quantity": "10",
        "time_in_force": "GTC",
        "post_only": False,
        "client_order_id": "bid",
    }
    (filled,) = (
        json.loads(line) for line in show(exchange, options(11, 11, events=True, json=True))
    )
    assert (filled["outcome"], filled["executed_quantity"]) == ("filled", "4")
    assert [event["event"] for event in filled["events"]] == [
        *["report"] * 3, "trade", *["balance"] * 4, "level",
    ]  # fmt: skip
    (market,) = (json.loads(line) for line in show(exchange, options(5, 5, json=True)))
    assert (market["max_price"], market["min_notional"]) == ("1000000.00", "1.00")


def test_numbers_of_what_nobody_defined_are_shown_as_they_are(tmp_path: Path) -> None:
    exchange = SmallExchange(tmp_path / "empty")
    exchange.run(place(1, BUY, 10, 2_000), Deposit(1, 1, 9, 55, "x\x1b[2J"))
    lines = show(exchange, options(events=True))
    assert "user 1      market 1   buy  10 @ 2000 GTC" in lines[0]
    assert lines[1].strip() == "-> rejected: UNKNOWN_MARKET"
    # What a client wrote cannot command the terminal.
    assert "55 asset 9  reference='x\\x1b[2J'" in lines[2]


def test_names_come_from_a_snapshot_where_the_beginning_is_gone(exchange: SmallExchange) -> None:
    exchange.snapshot()
    exchange.restart()
    exchange.run(place(1, BUY, 1, 1_900, "late"))
    retire_segments(FolderDisk(exchange.journal), None, 15)
    (line,) = show(exchange, options(16))
    assert "TATA_INR   buy  1 @ 95.00 GTC  id='late'" in line
    lines = show(exchange, options(16, events=True))
    assert lines[1].strip() == "-> order 16 new, executed 0"
    with pytest.raises(JournalError, match=r"begins at sequence 16.*snapshots: \[15\]"):
        show(exchange, options(10))


def test_it_follows(exchange: SmallExchange) -> None:
    lines: list[str] = []
    folder = DataFolder(exchange.data_dir, 0)
    shower = Shower(folder, options(15, 18, follow=True), lines.append, Style(coloured=False))
    thread = threading.Thread(target=shower.run, args=(lambda: None,))
    thread.start()
    block_until(lambda: len(lines) == 1)
    exchange.run(place(1, BUY, 1, 1_900))
    block_until(lambda: len(lines) == 2)
    exchange.restart()
    exchange.run(place(1, BUY, 1, 1_900), place(1, BUY, 2, 1_900), place(1, BUY, 3, 1_900))
    thread.join(30)
    assert not thread.is_alive()
    assert [line.split()[0] for line in lines] == ["15", "16", "17", "18"]


def test_colours_are_for_terminals(exchange: SmallExchange) -> None:
    lines: list[str] = []
    folder = DataFolder(exchange.data_dir, 0)
    Shower(folder, options(9, 9), lines.append, Style(coloured=True)).run(lambda: None)
    assert "\x1b[36mplace" in lines[0]


def test_times_are_utc_to_the_microsecond() -> None:
    assert utc_text(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123456Z"


def run(*arguments: str, shell_end: str = "") -> "subprocess.CompletedProcess[str]":
    command = f"{sys.executable} -m matcher {' '.join(arguments)}{shell_end}"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_from_the_command_line(exchange: SmallExchange, tmp_path: Path) -> None:
    for number in range(200):
        exchange.run(Deposit(5, 2, 1, 100, f"bank-3-{number}"))
    exchange.close()
    data = f"--data-dir {exchange.data_dir}"
    done = run("verify", "--json", data)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sequence"] == 215
    done = run("show", data)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 215
    # Whoever reads may stop when it has seen enough.
    done = run("show", "--events", data, shell_end=" | head -1")
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)
    done = run("verify", "--data-dir", str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert "there is no journal in" in done.stdout
    done = run("show", "--data-dir", str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert "there is no journal in" in done.stderr
