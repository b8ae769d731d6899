"""Every scenario of the tables on every exchange, and that they leave no reason out."""

import pytest

from proto.codes import CAUSE_NAMES, OK, REASON_NAMES
from tests.property.sabotage import SABOTAGES, sabotaged
from tests.scenarios.exchanges import ReferenceScenario, RestartedScenario
from tests.scenarios.tables import Table, read_tables
from tests.unit.core.scenario import Scenario

TABLES = read_tables()


each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


@each_table
def test_engine(table: Table) -> None:
    Scenario().run(table.steps)


@each_table
def test_engine_that_begins_anew_after_each_step(table: Table) -> None:
    RestartedScenario().run(table.steps)


@each_table
def test_reference(table: Table) -> None:
    ReferenceScenario().run(table.steps)


def test_names_are_unique() -> None:
    assert len({table.name for table in TABLES}) == len(TABLES) >= 200


@pytest.mark.parametrize(
    "name", [name for code, name in (REASON_NAMES | CAUSE_NAMES).items() if code != OK]
)
def test_every_reason_has_a_scenario(name: str) -> None:
    words = {word for table in TABLES for word in table.steps.replace(",", " ").split()}
    assert name in words


@pytest.mark.interpreted
@pytest.mark.parametrize("name", SABOTAGES)
def test_what_is_broken_on_purpose_is_noticed(name: str) -> None:
    with sabotaged(name):
        assert any(goes_wrong(table) for table in TABLES)


def goes_wrong(table: Table) -> bool:
    try:
        Scenario().run(table.steps)
    except (AssertionError, KeyError):
        return True
    return False
