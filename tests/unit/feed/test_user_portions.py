"""A message of thousands of events: written in portions, in order, and only for who reads it."""

from typing import Final

import pytest

import feed.users
from feed.catalog import Catalog
from feed.streams import orders_stream
from feed.user_messages import ReportData
from feed.users import PATIENCE_NS, PORTION_EVENTS, Users
from proto.codes import REPORT_CANCELLED
from proto.market_data import UserMessage
from tests.unit.feed.examples import Outlet
from tests.unit.feed.test_users import ALL, balance, report

SEVEN: Final = orders_stream(7)
EIGHT: Final = orders_stream(8)


class Stage:
    """Two users who are followed; nothing is written but by the test's own turns."""

    def __init__(self) -> None:
        self.outlet = Outlet()
        self.called = 0
        catalog = Catalog()
        catalog.learn(ALL)
        self.users = Users(catalog, self.outlet, self._on_late)
        for user_id in (7, 8):
            assert self.users.hold(user_id)
            self.users.on_subscribed(user_id)
            self.users.release(user_id)

    def _on_late(self) -> None:
        self.called += 1

    def tell(self, first: int, events: int, user_id: int = 7) -> None:
        """Tell of so many orders that were cancelled, each by a command of its own."""
        sequences = range(first, first + events)
        reports = [report(sequence, REPORT_CANCELLED) for sequence in sequences]
        self.users.on_message(user_id, UserMessage(reports, []))

    def written(self, stream: str = SEVEN) -> int:
        return len(self.outlet.take(stream))

    def types(self, stream: str = SEVEN) -> list[object]:
        return [data["type"] for data in self.outlet.take(stream)]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_message_of_a_portion_leaves_at_once(stage: Stage) -> None:
    stage.tell(1, PORTION_EVENTS)
    assert stage.written() == PORTION_EVENTS
    assert (stage.users.late(), stage.called) == ([], 0)


def test_a_long_message_leaves_in_portions_and_in_order(stage: Stage) -> None:
    reports = [report(n, REPORT_CANCELLED) for n in range(1, PORTION_EVENTS + 1)]
    balances = [balance(n) for n in range(1, PORTION_EVENTS + 1)]
    stage.users.on_message(7, UserMessage(reports, balances))
    assert (stage.users.late(), stage.called) == ([7], 1)
    assert len(stage.outlet.messages) == PORTION_EVENTS
    # What comes meanwhile stands behind it, and does not call again.
    stage.tell(PORTION_EVENTS + 1, 1)
    assert stage.users.write_portion(7, 0)
    assert stage.users.write_portion(7, 0)
    assert stage.called == 1
    assert stage.types() == ["report", "balance"] * PORTION_EVENTS + ["report"]
    assert stage.users.late() == []
    assert not stage.users.write_portion(7, 0)


def test_what_a_restarted_matcher_says_again_is_left_out_while_it_waits_too(stage: Stage) -> None:
    stage.tell(1, 2 * PORTION_EVENTS)
    stage.tell(1, 2 * PORTION_EVENTS + 1)
    while stage.users.late():
        assert stage.users.write_portion(7, 0)
    assert stage.written() == 2 * PORTION_EVENTS + 1


def test_readers_without_room_are_waited_for_but_not_for_ever(stage: Stage) -> None:
    stage.outlet.full.add(SEVEN)
    stage.tell(1, 3 * PORTION_EVENTS)
    assert (stage.written(), stage.users.late()) == (0, [7])
    assert not stage.users.write_portion(7, 10)
    assert not stage.users.write_portion(7, 9 + PATIENCE_NS)
    assert stage.users.write_portion(7, 10 + PATIENCE_NS)
    assert stage.written() == PORTION_EVENTS
    # The time begins anew with each portion, and ends when there is room.
    assert not stage.users.write_portion(7, 11 + PATIENCE_NS)
    stage.outlet.full.clear()
    assert stage.users.write_portion(7, 12 + PATIENCE_NS)
    assert stage.written() == PORTION_EVENTS


def test_little_waits_for_the_next_turn_only(stage: Stage) -> None:
    stage.outlet.full.add(SEVEN)
    stage.tell(1, 1)
    assert stage.written() == 0
    assert stage.users.write_portion(7, 0)
    assert (stage.written(), stage.users.late()) == (1, [])


def test_one_users_readers_do_not_hold_up_anothers(stage: Stage) -> None:
    stage.outlet.full.add(SEVEN)
    stage.tell(1, 2 * PORTION_EVENTS)
    stage.tell(1, 2 * PORTION_EVENTS, user_id=8)
    assert stage.users.late() == [7, 8]
    assert not stage.users.write_portion(7, 0)
    assert stage.users.write_portion(8, 0)
    assert stage.written(EIGHT) == 2 * PORTION_EVENTS


def test_when_much_waits_nobody_is_waited_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed.users, "URGENT_MAX", 4 * PORTION_EVENTS)
    stage.outlet.full.add(SEVEN)
    stage.tell(1, 4 * PORTION_EVENTS - 1)
    assert not stage.users.write_portion(7, 0)
    stage.tell(4 * PORTION_EVENTS, 1)
    assert stage.users.write_portion(7, 0)


def test_what_waits_for_a_user_is_bounded_and_past_it_comes_a_reset(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed.users, "QUEUE_MAX", 3 * PORTION_EVENTS)
    stage.tell(1, 3 * PORTION_EVENTS)
    stage.tell(3 * PORTION_EVENTS + 1, PORTION_EVENTS)
    stage.outlet.messages.clear()
    stage.tell(4 * PORTION_EVENTS + 1, 1)
    assert stage.types() == ["reset"]
    assert stage.users.late() == []
    stage.tell(4 * PORTION_EVENTS + 2, 1)
    assert stage.types() == ["report"]


def test_what_waits_for_all_is_bounded_and_what_has_left_does_not_count(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed.users, "QUEUES_MAX", 4 * PORTION_EVENTS)
    stage.outlet.full |= {SEVEN, EIGHT}
    for _ in range(3):
        # Written, lost and unread: none leaves anything behind in the sum.
        stage.tell(1, 3 * PORTION_EVENTS)
        stage.outlet.full.remove(SEVEN)
        assert stage.users.write_portion(7, 0)
        stage.users.on_lost()
        stage.tell(1, 3 * PORTION_EVENTS)
        stage.outlet.deaf.add(SEVEN)
        assert stage.users.write_portion(7, 0)
        stage.outlet.deaf.clear()
        stage.users.on_lost()
        stage.outlet.full.add(SEVEN)
    stage.outlet.messages.clear()
    stage.tell(1, 3 * PORTION_EVENTS)
    stage.tell(1, PORTION_EVENTS, user_id=8)
    assert stage.outlet.messages == []
    stage.tell(PORTION_EVENTS + 1, 1, user_id=8)
    # Only the one for whom there was no place.
    assert stage.types(EIGHT) == ["reset"]
    assert stage.users.late() == [7]


def test_nothing_is_encoded_for_who_has_gone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one reader is dismissed while a portion is written."""
    encoded: list[str] = []
    encode = feed.users.encode_stream_message

    def encode_and_leave(stream: str, data: ReportData) -> bytes:
        encoded.append(stream)
        if len(encoded) == PORTION_EVENTS + 3:
            stage.outlet.deaf.add(stream)
        return encode(stream, data)

    monkeypatch.setattr(feed.users, "encode_stream_message", encode_and_leave)
    stage.tell(1, 100 * PORTION_EVENTS)
    assert stage.users.write_portion(7, 0)
    assert stage.users.late() == []
    assert len(encoded) == PORTION_EVENTS + 3


def test_a_user_who_is_forgotten_leaves_nothing_that_waits(stage: Stage) -> None:
    stage.tell(1, 2 * PORTION_EVENTS)
    stage.outlet.deaf.add(SEVEN)
    assert stage.users.forget_unread() == [7]
    assert stage.users.late() == []
    assert not stage.users.write_portion(7, 0)
