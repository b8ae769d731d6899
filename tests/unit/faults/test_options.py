from pathlib import Path

import pytest

from scripts.faults.kinds import BY_NAME, FAULTS
from scripts.faults.options import parse_options


def test_without_a_word_all_faults_come() -> None:
    options = parse_options([])
    assert options.faults == FAULTS
    assert options.seconds == 600
    assert options.data_dir is None


def test_what_is_said_is_taken() -> None:
    options = parse_options(
        "--minutes 0.5 --seed 9 --every 1.5 --faults wipe-redis,kill-feed,wipe-redis --rate 50 "
        "--connections 3 --subscribers 1 --unrest 2.5 --data-dir d --json".split()
    )
    assert options.seconds == 30
    assert options.faults == (BY_NAME["wipe-redis"], BY_NAME["kill-feed"])
    assert (options.seed, options.every_s, options.rate) == (9, 1.5, 50)
    assert (options.connections, options.subscribers, options.json) == (3, 1, True)
    assert options.unrest_per_s == 2.5
    assert options.data_dir == Path("d")


@pytest.mark.parametrize(
    "more", [[], ["--faults", "fill-disk"], ["--rate", "max", "--unrest", "0"]]
)
def test_the_command_to_repeat_it_asks_for_the_same(more: list[str]) -> None:
    options = parse_options(["--minutes", "0.25", "--seed", "3", "--rate", "70", *more])
    again = options.command().split()
    assert again[:2] == [".venv/bin/python", "scripts/chaos.py"]
    assert parse_options(again[2:]) == options


@pytest.mark.parametrize(
    "arguments",
    [
        *("--minutes 0", "--minutes nan", "--every -1", "--faults fire", "--rate 0"),
        *("--subscribers 0", "--unrest -1", "--unrest nan"),
    ],
)
def test_mistakes_end_with_a_sentence(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(arguments.split())
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err
