"""The command line of the soak."""

from pathlib import Path

import pytest

from scripts.load.options import parse_options
from scripts.load.result import describe_load


def test_defaults_are_those_of_the_issue() -> None:
    options = parse_options([])
    assert (options.seconds, options.rate, options.connections) == (60, None, 64)
    assert (options.through, options.subscribers, options.users) == ("rest", 2, 10)
    assert options.markets == ()
    assert options.kill_matcher_s is None
    assert "closed loop" in describe_load(options)


def test_everything_can_be_said() -> None:
    options = parse_options(
        "--seconds 5 --rate 500 --connections 8 --through mesh --subscribers 0 --users 3 "
        "--url http://127.0.0.1:1/ --ws-url ws://127.0.0.1:2 --markets TATA_INR,BTC_USDT "
        "--seed 9 --json --plot x.png --kill-matcher 2.5".split()
    )
    assert options.rate == 500
    assert options.url == "http://127.0.0.1:1"
    assert options.markets == ("TATA_INR", "BTC_USDT")
    assert options.plot == Path("x.png")
    assert options.kill_matcher_s == 2.5
    assert "open loop, 500 operations/s" in describe_load(options)


def test_max_is_the_closed_loop() -> None:
    assert parse_options(["--rate", "max"]).rate is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["--seconds", "0"],
        ["--seconds", "-1"],
        ["--seconds", "1.5"],
        ["--rate", "0"],
        ["--rate", "fast"],
        ["--connections", "0"],
        ["--connections", "100000"],
        ["--through", "telnet"],
        ["--users", "0"],
        ["--seconds", "10", "--kill-matcher", "10"],
        ["--kill-matcher", "0"],
        ["--kill-matcher", "nan"],
        ["--kill-matcher", "soon"],
        ["--no-such-option"],
    ],
)
def test_mistakes_end_with_a_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_info:
        parse_options(arguments)
    assert exit_info.value.code == 2
    assert "error:" in capsys.readouterr().err
