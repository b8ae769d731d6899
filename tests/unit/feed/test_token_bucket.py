"""How a bucket of tokens fills."""

from feed.token_bucket import TokenBucket
from proto.intervals import SECOND_NS


def test_a_burst_then_a_rate() -> None:
    bucket = TokenBucket(10, 40)
    assert sum(bucket.take(0) for _ in range(100)) == 40
    assert sum(bucket.take(SECOND_NS // 10 - 1) for _ in range(9)) == 0
    # One second, looked at every millisecond.
    assert sum(bucket.take(ms * 1_000_000) for ms in range(1_001)) == 10
    assert sum(bucket.take(3_600 * SECOND_NS) for _ in range(100)) == 40


def test_what_is_spent_beyond_the_burst_has_to_grow() -> None:
    bucket = TokenBucket(10, 40)
    assert bucket.spend(40, 0) == 0
    assert bucket.spend(5, 0) == SECOND_NS // 2
    assert bucket.spend(5, SECOND_NS // 2) == SECOND_NS // 2
    assert bucket.spend(0, SECOND_NS) == 0
    assert not bucket.take(SECOND_NS)
    assert bucket.spend(40, 3_600 * SECOND_NS) == 0
