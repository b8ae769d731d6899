"""The levels of one side of a book, and their text."""

import pytest

from feed.levels import BookLevel, BookSide
from proto.market_data import Level
from tests.unit.feed.examples import SCALE, levels


def test_a_text_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    text_of = type(SCALE).price

    def price(scale: object, ticks: int) -> str:
        made.append(ticks)
        return text_of(SCALE, ticks)

    monkeypatch.setattr(type(SCALE), "price", price)
    level = BookLevel(is_bid=True, price_ticks=100)
    assert level.text(SCALE) == ("5.00", "0")
    level.change(2)
    assert level.text(SCALE) == ("5.00", "1.0")
    assert level.text(SCALE) is level.text(SCALE)
    assert made == [100]


@pytest.mark.parametrize(("is_bid", "best"), [(True, [9, 8, 7]), (False, [7, 8, 9])])
def test_the_best_come_first(is_bid: bool, best: list[int]) -> None:
    side = BookSide(is_bid)
    for price in (8, 7, 9):
        assert side.put(price, 1) is not None
    assert [level.price_ticks for level in side.best()] == best
    assert [level.price_ticks for level in side.best(2)] == best[:2]


def test_a_level_that_is_gone_is_the_same_when_it_comes_back() -> None:
    side = BookSide(is_bid=True)
    level = side.put(8, 1)
    assert side.put(8, 1) is None
    assert side.put(8, 0) is level
    assert side.best() == []
    assert side.put(8, 0) is None
    assert side.put(8, 2) is level
    assert side.best() == [level]


def test_only_a_level_that_is_gone_can_be_forgotten() -> None:
    side = BookSide(is_bid=True)
    level = side.put(8, 1)
    assert level is not None
    with pytest.raises(AssertionError):
        side.forget(level)
    side.put(8, 0)
    side.forget(level)
    assert side.put(8, 1) is not level


def test_differences_lead_from_one_side_to_another() -> None:
    side = BookSide(is_bid=False)
    for price, lots in ((7, 1), (8, 2), (9, 3), (10, 4)):
        side.put(price, lots)
    side.put(10, 0)
    differences = side.differences(levels((7, 1), (8, 5), (11, 1)))
    assert differences == [Level(9, 0), Level(8, 5), Level(11, 1)]
    assert BookSide(is_bid=True).differences(levels((1, 1))) == [Level(1, 1)]
