"""A user behind a gateway: asks, waits, asks again where that is safe, and remembers the answers.

Theory of operation
-------------------
The rules are those of `proto.mesh.client` and of README's advice to bots. An attempt has a request
id and a deadline. When a pong tells of another epoch, what is safe to repeat is sent again as it
was. When the time is over the outcome is unknown: what is safe to repeat is tried again under a
new request id, later each time, or, for an order with a name, the matcher is asked for it; what is
not is given up.
"""

from functools import partial
from typing import Final, final

from proto import codes
from proto.codec import decode_answer, encode
from proto.commands import Command, PlaceOrder
from proto.frames import PROTOCOL_VERSION, CommandFrame, Ping, Pong, QueryFrame
from proto.mesh.repetition import Message, is_repeatable
from proto.queries import OrderQuery
from proto.replies import OrderReply, Rejected, Reply
from tests.simulation.intentions import Intentions
from tests.simulation.matcher import Matcher
from tests.simulation.operation import Operation
from tests.simulation.profile import TIMEOUT_NS
from tests.simulation.schedule import MILLISECOND_NS
from tests.simulation.wording import message_text, order_text, reply_text
from tests.simulation.world import World

_HEARTBEAT_NS: Final = 250 * MILLISECOND_NS
_BACKOFF_NS: Final = 100 * MILLISECOND_NS
_DOUBLINGS_MAX: Final = 6
_THINKS_NS: Final = 20 * MILLISECOND_NS
_ASKS: Final = 0.3


@final
class Client:
    """One user's gateway.

    Attributes:
        operations: All that it ever wanted.
        retries: Attempts beyond the first of each.
    """

    def __init__(self, world: World, matcher: Matcher, number: int, user_id: int) -> None:
        self.operations: Final[list[Operation]] = []
        self.retries = 0
        self._world: Final = world
        self._matcher: Final = matcher
        self._identity: Final = b"client %d" % number
        self._who: Final = f"client {number}"
        self._intentions: Final = Intentions(world.dice, world.profile, number, user_id)
        self._last_request_id = number << 32
        self._pending: Final[dict[int, tuple[Operation, Message]]] = {}
        # All attempts ever, since an answer may come at any time.
        self._sent: Final[dict[int, tuple[Operation, Message]]] = {}
        self._epoch = 0
        self._engine_time_ns = 0
        self._is_pinging = False
        matcher.connect(self._identity, self._receive)

    @property
    def is_done(self) -> bool:
        """Whether it has done all that it wanted, and knows the outcome or has given up."""
        return len(self.operations) == self._world.profile.operations and not self._open()

    def start(self) -> None:
        """Begin, after a while."""
        self._world.schedule.after(self._world.soon_ns(_THINKS_NS), self._go_on)

    def _open(self) -> list[Operation]:
        return [operation for operation in self.operations if not operation.is_over]

    def _go_on(self) -> None:
        profile = self._world.profile
        left = profile.operations - len(self.operations)
        under_way = len(self._open())
        if profile.bursts and under_way:
            return
        room = min(left, profile.window - under_way)
        now_ns = self._now_ns()
        fresh = [Operation(self._intentions.next(self.operations, now_ns)) for _ in range(room)]
        if fresh:
            self.operations.extend(fresh)
            self._send([self._attempt(operation) for operation in fresh])

    def _attempt(self, operation: Operation) -> Message:
        message = operation.attempt(self._next_request_id(), self._deadline_ns())
        self._await(operation, message)
        return message

    def _next_request_id(self) -> int:
        self._last_request_id += 1
        return self._last_request_id

    def _now_ns(self) -> int:
        """Return engine time, as far as it is known."""
        return max(self._world.clock.now_ns(), self._engine_time_ns)

    def _deadline_ns(self) -> int:
        return self._now_ns() + TIMEOUT_NS

    def _await(self, operation: Operation, message: Message) -> None:
        request_id = message.request_id
        self._pending[request_id] = self._sent[request_id] = (operation, message)
        self._world.schedule.after(TIMEOUT_NS, partial(self._expire, request_id))
        if not self._is_pinging:
            self._is_pinging = True
            self._world.schedule.after(_HEARTBEAT_NS, self._ping)

    def _send(self, messages: list[Message]) -> None:
        commands = [message for message in messages if isinstance(message, Command)]
        queries = [message for message in messages if not isinstance(message, Command)]
        if commands:
            self._send_frame(encode(CommandFrame(commands)), all(map(is_repeatable, commands)))
        if queries:
            self._send_frame(encode(QueryFrame(queries)), True)

    def _send_frame(self, frame: bytes, repeatable: bool) -> None:
        deliver = partial(self._matcher.take, self._identity)
        self._world.network.send(frame, deliver, repeatable=repeatable)

    def _ping(self) -> None:
        # The last ping comes after the last answer: a refusal because it is late may be the answer.
        self._send_frame(encode(Ping(PROTOCOL_VERSION, 1)), True)
        self._is_pinging = bool(self._pending)
        if self._is_pinging:
            self._world.schedule.after(_HEARTBEAT_NS, self._ping)

    def _expire(self, request_id: int) -> None:
        waiting = self._pending.pop(request_id, None)
        if waiting is None or waiting[0].is_over:
            return
        operation = waiting[0]
        self._world.trace(self._who, f"{message_text(waiting[1])}: no answer")
        if self._is_pending(operation):
            return
        if not operation.is_repeatable:
            self._end(operation)
            self._go_on()
        elif isinstance(operation.message, PlaceOrder) and self._world.dice.random() < _ASKS:
            self._ask(operation)
        else:
            self._try_again(operation)

    def _try_again(self, operation: Operation) -> None:
        self.retries += 1
        # Longer each time: where all repeat as fast as they can, nothing new is answered in time.
        doublings = min(len(operation.request_ids), _DOUBLINGS_MAX)
        delay_ns = self._world.soon_ns(_BACKOFF_NS << doublings)
        self._world.schedule.after(delay_ns, lambda: self._send([self._attempt(operation)]))

    def _ask(self, operation: Operation) -> None:
        """Ask for an order, once none of the attempts can be applied any more."""
        wait_ns = operation.last_deadline_ns - self._world.clock.now_ns() + 1
        if wait_ns > 0 and not self._world.clock.went_back:
            self._world.schedule.after(wait_ns, lambda: self._ask(operation))
            return
        order = operation.message
        assert isinstance(order, PlaceOrder)
        query = OrderQuery(self._next_request_id(), order.user_id, 0, order.client_order_id)
        self._await(operation, query)
        self._send([query])

    def _receive(self, data: bytes) -> None:
        answer = decode_answer(data)
        if isinstance(answer, Pong):
            self._on_pong(answer)
            return
        for reply in answer.replies:
            self._on_reply(reply)
        self._world.schedule.after(self._world.soon_ns(_THINKS_NS), self._go_on)

    def _on_pong(self, pong: Pong) -> None:
        # An old pong may come late; the real client would send again too.
        has_restarted = self._epoch not in (0, pong.epoch)
        self._engine_time_ns = pong.timestamp_ns
        self._epoch = pong.epoch
        if has_restarted:
            self._send([m for _, m in self._pending.values() if is_repeatable(m)])

    def _on_reply(self, reply: Reply) -> None:
        was_awaited = self._pending.pop(reply.request_id, None) is not None
        operation, asked = self._sent[reply.request_id]
        if isinstance(asked, OrderQuery) and isinstance(operation.message, PlaceOrder):
            if was_awaited:
                self._on_found(operation, reply)
            return
        operation.answers.append(reply)
        if isinstance(reply, Rejected) and reply.reason == codes.DEADLINE_PASSED:
            # Late, and for that reason not done: the outcome of this attempt, not of the others.
            if was_awaited and not operation.is_over and not self._is_pending(operation):
                self._try_again(operation)
            return
        self._end(operation)

    def _on_found(self, operation: Operation, reply: Reply) -> None:
        """Take the answer to the question for an order."""
        if operation.is_over:
            return
        if isinstance(reply, OrderReply):
            operation.found = reply.order
            self._end(operation)
        elif self._world.clock.went_back or self._world.profile.forgets():
            # No such order is known now; it may have been forgotten, or yet be placed.
            self._try_again(operation)
        else:
            operation.never = True
            self._end(operation)

    def _is_pending(self, operation: Operation) -> bool:
        return any(waiting is operation for waiting, _ in self._pending.values())

    def _end(self, operation: Operation) -> None:
        operation.is_over = True
        self._world.trace(self._who, f"{message_text(operation.message)}: {_outcome(operation)}")


def _outcome(operation: Operation) -> str:
    attempts = len(operation.request_ids)
    if operation.found is not None:
        what = f"found: {order_text(operation.found)}"
    elif operation.never:
        what = "was never placed"
    elif operation.answers:
        what = reply_text(operation.answers[-1])
    else:
        what = "outcome unknown"
    return what if attempts == 1 else f"{what}  (after {attempts} attempts)"
