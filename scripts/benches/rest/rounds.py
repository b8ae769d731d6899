"""What the load generator is told, and what it tells: one line of JSON each."""

from msgspec import Struct


class Round(Struct, frozen=True):
    """A load on one server.

    Attributes:
        port: Where the server listens, on this machine.
        connections: Each has one request in flight.
        milliseconds: How long it lasts.
        number: Another one for each round that one server sees.
        rate: Requests a second that become due whatever the server does (an open loop); 0 for as
            many as it answers (a closed loop).
    """

    port: int
    connections: int
    milliseconds: int
    number: int
    rate: int = 0


class Answered(Struct, frozen=True):
    """What became of it.

    Attributes:
        seconds: From the first request to the last answer.
        statuses: How often each status was answered, by its text.
        latencies_us: Of each answer, in the order in which they came: from the moment when its
            request was due. In a closed loop that is when it was sent.
        unanswered: Requests that were not answered in time, or whose connection was lost.
        not_begun: Requests that were due and found no free connection before the end.
        cpu_us: Processor time of the load generator.
    """

    seconds: float
    statuses: dict[str, int]
    latencies_us: list[int]
    unanswered: int
    not_begun: int
    cpu_us: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies_us) / self.seconds
