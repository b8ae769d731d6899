from pathlib import Path

import pytest

from matcher.tools.options import ShowOptions, VerifyOptions, parse_options
from proto.limits import INTEGER_MAX


def test_without_a_tool_a_matcher_runs() -> None:
    assert parse_options([]) is None


def test_verify() -> None:
    assert parse_options(["verify"]) == VerifyOptions(None, False, False)
    arguments = ["verify", "--data-dir", "d", "--from-beginning", "--json"]
    assert parse_options(arguments) == VerifyOptions(Path("d"), True, True)


def test_show() -> None:
    assert parse_options(["show"]) == ShowOptions(None, 1, INTEGER_MAX, False, False, False)
    arguments = ["show", "--from", "5", "--to", "7", "--events", "--json", "--follow"]
    assert parse_options(arguments) == ShowOptions(None, 5, 7, True, True, True)


@pytest.mark.parametrize(
    "arguments",
    [["run"], ["show", "--from", "0"], ["show", "--to", "x"], ["show", "--from", "8", "--to", "7"]],
)
def test_mistakes_end_with_a_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(arguments)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_help_lists_every_tool(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "verify" in said
    assert "show" in said
