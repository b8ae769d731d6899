"""Reads the tables: text files, one rule each, with many scenarios in each.

    The rule, in a line
    and a paragraph that says what it is about.

        deposit 1 1000.00 INR -> ok         steps before the first title begin every scenario

    # What the scenario shows

    A sentence, where the title does not say it all.

        1 buy 10 @ 100        -> new        steps are indented

Prose is for the reader; a run looks at indented lines only.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True)
class Table:
    """A scenario of a file, with the steps that begin each of the file."""

    rule: str
    title: str
    steps: str

    @property
    def name(self) -> str:
        """How a test names it."""
        return f"{self.rule}: {self.title}"


def read_tables() -> list[Table]:
    """Read all files, in the order of their names."""
    return [table for path in sorted(FOLDER.glob("*.txt")) for table in tables_of(path)]


def tables_of(path: Path) -> list[Table]:
    """Read one file."""
    head, *sections = ("\n" + path.read_text(encoding="utf-8")).split("\n# ")
    first_steps = _indented(head)
    tables = []
    for section in sections:
        title, _, body = section.partition("\n")
        tables.append(Table(path.stem, title.strip(), first_steps + _indented(body)))
    return tables


def _indented(text: str) -> str:
    return "".join(line + "\n" for line in text.splitlines() if line.startswith("    "))
