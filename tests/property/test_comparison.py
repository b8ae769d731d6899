"""The long run: what it tells where all agree, where something is broken, and how few show it."""

import json

import pytest

from scripts.comparison.main import main
from scripts.comparison.report import lines, outcome_line
from scripts.comparison.tally import Failure, Tally
from tests.property.block import BlockError, run_block
from tests.property.sabotage import sabotaged
from tests.property.shrinking import listing, shrunk


def test_figures_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--commands", "1200", "--jobs", "1", "--seed", "5", "--json"]) == 0
    tally = json.loads(capsys.readouterr().out)
    assert sum(tally["commands"].values()) == 1_200
    assert tally["failure"] is None
    # One every 300 commands.
    assert (tally["restarts"], tally["fills"] > 50) == (4, True)


@pytest.mark.interpreted
def test_a_sabotage_is_told_with_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--sabotage", "round", "--commands", "500"]) == 0
    assert capsys.readouterr().out.startswith("round    noticed after ")
    assert main(["--sabotage", "tie", "--commands", "1"]) == 1
    assert "NOT NOTICED in 1 commands" in capsys.readouterr().out


@pytest.mark.interpreted
@pytest.mark.parametrize(("sabotage", "most"), [("round", 6), ("nearest", 12)])
def test_few_commands_show_a_difference(sabotage: str, most: int) -> None:
    tries: list[int] = []
    with sabotaged(sabotage):
        with pytest.raises(BlockError) as raised:
            run_block(3, 3_000)
        journal = shrunk(raised.value.journal, tries.append)
        assert 0 < len(journal) <= most
    assert len(listing(journal)) == len(journal)
    assert tries[0] > tries[-1]


def test_what_differs_is_told_with_the_commands() -> None:
    failure = Failure(
        4, 17, "reply.order.status: the engine has 5, the reference 4", ["+0 ns  Buy"]
    )
    tally = Tally(commands={"PlaceOrder": 17}, failure=failure)
    assert outcome_line(tally) == "they differ: seed 4, command 17"
    told = list(lines(tally))
    assert told[-4:] == [
        "seed 4, command 17: reply.order.status: the engine has 5, the reference 4",
        "the last 1 of the commands that show it:",
        "  +0 ns  Buy",
        "  .venv/bin/python scripts/compare.py --commands 17 --seed 4",
    ]
    assert not tally.ok
