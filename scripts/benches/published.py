"""How far the history of a matcher has come into its Redis."""

import time
from typing import Final, final

import zmq
from redis import Redis
from redis.exceptions import ResponseError

from matcher.publisher import STREAM
from proto.codec import decode_answer, encode
from proto.frames import QueryFrame, ReplyFrame
from proto.queries import HistoryEndQuery
from proto.replies import HistoryEndReply
from scripts.benches.findings import BenchError
from scripts.benches.own_matcher import OwnMatcher

_TIMEOUT_S: Final = 30.0
_POLL_S: Final = 0.001


@final
class Published:
    """Looks at the stream of one matcher; where its Redis is away there is nothing to see."""

    def __init__(self, matcher: OwnMatcher) -> None:
        self._matcher: Final = matcher
        self._redis: Final = Redis.from_url(matcher.redis_url) if matcher.redis_url else None

    def wait(self) -> float:
        """Wait until all that is on disk is in the stream; return how long that took, in seconds.

        Raises:
            BenchError: If it does not come.
        """
        if self._redis is None:
            return 0.0
        start_s = time.monotonic()
        last_sequence = _last_sequence(self._matcher.endpoint)
        while _stream_sequence(self._redis) < last_sequence:
            if time.monotonic() - start_s > _TIMEOUT_S:
                raise BenchError(f"the history is not in Redis after {_TIMEOUT_S:g} s")
            time.sleep(_POLL_S)
        return time.monotonic() - start_s

    def forget(self) -> None:
        """Empty the stream, as persist does with what it has read."""
        if self._redis is not None:
            self._redis.xtrim(STREAM, maxlen=0, approximate=False)


def _last_sequence(endpoint: str) -> int:
    """Ask a matcher how far its history reaches."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.RCVTIMEO, int(_TIMEOUT_S * 1e3))
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(endpoint)
        dealer.send(encode(QueryFrame([HistoryEndQuery(1)])))
        answer = decode_answer(dealer.recv())
    assert isinstance(answer, ReplyFrame)
    (reply,) = answer.replies
    assert isinstance(reply, HistoryEndReply)
    return reply.last_sequence


def _stream_sequence(redis: Redis) -> int:
    try:
        last_id: bytes = redis.xinfo_stream(STREAM)["last-generated-id"]
    except ResponseError:
        # There is no stream before its first entry.
        return 0
    return int(last_id.partition(b"-")[0])
