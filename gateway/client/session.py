"""What to say to the exchange on one connection, and what its messages mean. No I/O.

Theory of operation
-------------------
    away ── opened ──▶ signing in ── answered ──▶ ready
      ▲                    │                        │
      └────────────────────┴────── lost ────────────┘

A shell opens connections, hands over what it reads, sends what `take_outgoing` returns, says when
`due_s` has come, and tells the user what `take_finished` and `take_changed` name. It decides
nothing. A session outlives its connections: what was asked for on one is asked for again on the
next, as `calls` and `subscriptions` say.

Nothing is sent before the exchange has answered the sign-in. A request of the session's own that is
not answered in time shows that the connection is dead, whatever TCP thinks of it: it must be
closed then, like one on which the exchange does not sign in for now.

Absent on purpose: pings, which the WebSocket library sends and answers; and a rate of requests,
since the exchange says where it is too high.
"""

import random
from enum import Enum, auto
from typing import Final, final

from msgspec import UNSET

from gateway.client.calls import Call, Calls
from gateway.client.contents import Content
from gateway.client.errors import ClientError, ProtocolError, RefusedError
from gateway.client.subscriptions import StreamsRequest, Subscription, Subscriptions
from gateway.client.wire import Message, encode, read_message, request_text


class _State(Enum):
    AWAY = auto()
    SIGNING_IN = auto()
    READY = auto()
    FAILED = auto()


@final
class Session:
    """Everything that one connection is for.

    Attributes:
        error: Why there will be no connection any more, or None.
        refusal: Why the exchange does not sign in for now, or None.
        must_close: Whether this connection is of no use and has to be closed.
    """

    def __init__(self, user_id: str | None, timeout_s: float, jitter: random.Random) -> None:
        """Begin without a connection.

        Args:
            user_id: Who signs in; None for nobody.
            timeout_s: Seconds from a request to its deadline.
            jitter: Spreads what is tried again.
        """
        self._user_id: Final = user_id
        self._timeout_s: Final = timeout_s
        self._calls: Final = Calls(timeout_s)
        self._subscriptions: Final = Subscriptions(jitter)
        self._state = _State.AWAY
        self._next_id = 1
        self._sign_in: tuple[int, float] | None = None  # its id and its deadline
        self._asked: Final[dict[int, tuple[StreamsRequest, float]]] = {}
        self._outgoing: list[bytes] = []
        self.error: ClientError | None = None
        self.refusal: RefusedError | None = None
        self.must_close = False

    @property
    def is_ready(self) -> bool:
        """Whether the exchange answers requests now."""
        return self._state is _State.READY

    @property
    def is_full(self) -> bool:
        """Whether nothing should be read before the user has taken something."""
        return self._subscriptions.is_full and not self._asked and self._sign_in is None

    @property
    def has_streams(self) -> bool:
        """Whether anything is read."""
        return not self._subscriptions.is_empty

    def is_wanted(self, name: str) -> bool:
        """Whether somebody reads a stream."""
        return self._subscriptions.is_wanted(name)

    def submit(self, call: Call[object], now_s: float) -> None:
        """Take a request of the user.

        Raises:
            ClientError: If it will not be sent.
        """
        self._check()
        self._calls.submit(call, now_s)

    def subscribe(self, name: str, content: Content) -> Subscription:
        """Want a stream.

        Raises:
            ClientError: If there will be none.
            ValueError: If it is wanted already.
        """
        self._check()
        return self._subscriptions.add(name, content)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Want a stream no more."""
        self._subscriptions.remove(subscription)

    def took(self, subscription: Subscription) -> bool:
        """The user has taken an event of a stream; return whether that lets something go on."""
        return self._subscriptions.took(subscription)

    def opened(self, now_s: float) -> None:
        """There is a connection."""
        assert self._state is _State.AWAY
        if self._user_id is None:
            self._state = _State.READY
            return
        self._state = _State.SIGNING_IN
        self._sign_in = (self._next_id, now_s + self._timeout_s)
        self._send("SIGN_IN", encode({"user_id": self._user_id}))

    def receive(self, text: bytes, now_s: float) -> None:
        """Take a message from the exchange.

        Raises:
            ProtocolError: If it is none.
        """
        message = read_message(text)
        if message.stream is not None:
            if message.data is UNSET:
                raise ProtocolError(f"a message of {message.stream[:64]!r} without data")
            self._subscriptions.take(message.stream, message.data, now_s)
        elif isinstance(message.id, int):
            # Text and null are ids of none of our requests, and answer none.
            self._answered(message, message.id, now_s)

    def take_outgoing(self, now_s: float) -> list[bytes]:
        """Return the messages to send now, in this order."""
        if self._state is _State.READY:
            while (request := self._subscriptions.next_request(now_s)) is not None:
                self._asked[self._next_id] = (request, now_s + self._timeout_s)
                self._send(request.method, request.parameters)
            while (call := self._calls.send_next(self._next_id)) is not None:
                self._send(call.method, call.parameters)
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def lost(self, now_s: float, *, may_repeat: bool = True) -> None:
        """The connection is gone.

        Args:
            now_s: The clock.
            may_repeat: False if one of the requests itself ended the connection.
        """
        if self._state is _State.FAILED:
            return
        self._state = _State.AWAY
        self._sign_in = None
        self._asked.clear()
        self._outgoing.clear()
        self._calls.lost(may_repeat=may_repeat)
        self._subscriptions.lost(now_s)
        self.must_close = False

    def fail(self, error: ClientError) -> None:
        """End everything: there will be no connection any more."""
        if self._state is not _State.FAILED:
            self._state = _State.FAILED
            self.error = error
            self._asked.clear()
            self._outgoing.clear()
            self._calls.fail(error)
            self._subscriptions.fail(error)
            self.must_close = True

    def due_s(self) -> float | None:
        """Return when `advance` has something to do, or `take_outgoing` to say; None for never."""
        times = [self._calls.due_s()]
        if self._sign_in is not None:
            times.append(self._sign_in[1])
        for _, deadline_s in self._asked.values():
            times.append(deadline_s)
            break
        if self._state is _State.READY:
            times.append(self._subscriptions.due_s())
        return min((time for time in times if time is not None), default=None)

    def advance(self, now_s: float) -> None:
        """Do what is due."""
        self._calls.expire(now_s)
        own = [deadline_s for _, deadline_s in self._asked.values()]
        if self._sign_in is not None:
            own.append(self._sign_in[1])
        if any(deadline_s <= now_s for deadline_s in own):
            self._give_up_connection()

    def take_finished(self) -> list[Call[object]]:
        """Return the requests that are done since the last time."""
        return self._calls.take_finished()

    def take_changed(self) -> list[Subscription]:
        """Return the streams of which something is new since the last time."""
        return self._subscriptions.take_changed()

    def _check(self) -> None:
        if self.error is not None:
            raise self.error

    def _send(self, method: str, parameters: bytes) -> None:
        self._outgoing.append(request_text(method, parameters, self._next_id))
        self._next_id += 1

    def _answered(self, message: Message, request_id: int, now_s: float) -> None:
        error = None if message.error is UNSET else RefusedError(message.error)
        if self._sign_in is not None and request_id == self._sign_in[0]:
            self._signed_in(error)
        elif (asked := self._asked.pop(request_id, None)) is not None:
            self._subscriptions.answered(asked[0], error, now_s)
        elif error is not None:
            self._calls.refused(request_id, error)
        elif message.result is not UNSET:
            self._calls.answered(request_id, message.result)
        else:
            raise ProtocolError(f"an answer to request {request_id} that says nothing")

    def _signed_in(self, error: RefusedError | None) -> None:
        self._sign_in = None
        self.refusal = error
        if error is None:
            self._state = _State.READY
        elif error.is_temporary:
            self._give_up_connection()
        else:
            self.fail(error)

    def _give_up_connection(self) -> None:
        # What is on its way is repeated on the next one; nothing more is asked of this one.
        self._sign_in = None
        self._asked.clear()
        self.must_close = True
