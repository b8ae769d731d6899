import pytest

from gateway.client import ProtocolError
from gateway.client.places import LastPlace, place_key

RISING = ["0", "4709", "4710.1", "4710.2", "4710.10", "4710", "4711.1", "10000.1"]


def test_places_are_compared_part_by_part() -> None:
    assert sorted(reversed(RISING), key=place_key) == RISING


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "01", "1.", ".1", "1.0", "1.01", "1.2.3", " 1", "١"]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a place is text such as"):
        LastPlace(text)
    with pytest.raises(ProtocolError):
        LastPlace(None).advance(text)


def test_what_came_already_is_told_from_what_is_new() -> None:
    last = LastPlace("4710")
    assert not last.advance("4710.3")
    assert last.text == "4710"
    assert last.advance("4711.2")
    assert not last.advance("4711.2")
    assert not last.advance("4711.1")
    assert last.advance("4711.3")
    assert last.text == "4711.3"


def test_the_first_place_is_above_none() -> None:
    last = LastPlace(None)
    assert last.text is None
    assert last.advance("0")
