"""What arrives from Redis and cannot be read is lost to the one that it was for alone."""

from feed.board import Board
from feed.catalog import Catalog
from feed.clock_watch import ClockWatch
from feed.streams import orders_stream
from feed.users import Users
from tests.unit.feed.examples import Outlet


def test_a_bad_message_for_a_user_resets_that_user() -> None:
    outlet = Outlet()
    users = Users(Catalog(), outlet, lambda: None)
    board = Board(
        users, ClockWatch(0), lambda: 0, lambda: 1, lambda _: None, lambda: None, lambda: None
    )
    for user_id in (7, 8):
        assert board.follow(user_id)
        board.on_subscribed(b"user.%d" % user_id)
    assert outlet.messages == []
    board.receive(b"user.7", b"\xc1 garbage")
    assert outlet.take(orders_stream(7)) == [{"type": "reset", "user_id": "7"}]
    assert outlet.messages == []
    assert board.bad_messages == 1
