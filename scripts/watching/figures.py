"""What a crowd went through, summed up: one value for the table and the JSON."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from scripts.load.samples import Latency
from scripts.watching.accounts import Seen


class StreamFigures(Struct, frozen=True):
    """The figures of a crowd; the attributes are keys of `--json`.

    Attributes:
        subscribers: How many there were.
        messages: Messages that all of them received.
        snapshots: Books that came whole.
        deltas: Messages that changed a book.
        changes: Changes of books that these told of.
        checksums: Checksums verified.
        tops: Best levels compared with the book of the same connection.
        events: Messages of complete streams.
        told: Different messages of complete streams, by kind.
        reconnects: Connections after the first of each.
        cuts: Connections that subscribers cut.
        stalls: How often one stopped reading for a while.
        closings: Connections that the exchange closed in good order, by code and reason.
        refusals: Requests refused for the moment, by code.
        lateness: From the time on a change of a book to its arrival, where it comes at once.
        cpu_s: Processor time of the subscribers.
    """

    subscribers: int
    messages: int
    snapshots: int
    deltas: int
    changes: int
    checksums: int
    tops: int
    events: int
    told: dict[str, int]
    reconnects: int
    cuts: int
    stalls: int
    closings: dict[str, int]
    refusals: dict[str, int]
    lateness: Latency
    cpu_s: float

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield names and values for a report."""
        yield "streams", f"{self.messages:,} messages to {self.subscribers} subscribers"
        yield (
            "books",
            f"{self.snapshots:,} snapshots, {self.deltas:,} deltas of {self.changes:,} changes, "
            f"{self.checksums:,} checksums",
        )
        told = ", ".join(f"{kind} {count:,}" for kind, count in self.told.items())
        yield "complete streams", f"{self.events:,} messages of {told or 'nothing'}"
        yield (
            "subscribers",
            f"{self.reconnects:,} reconnects, {self.cuts:,} cuts, {self.stalls:,} stalls"
            + _listed("closed with", self.closings)
            + _listed("refused with", self.refusals),
        )
        late = self.lateness
        yield (
            "changes came after",
            f"p50 {late.p50_ms:,.1f} ms, p90 {late.p90_ms:,.1f} ms, p99 {late.p99_ms:,.1f} ms",
        )
        each_us = self.cpu_s * 1e6 / max(self.messages, 1)
        yield "subscribers used", f"{self.cpu_s:,.1f} s of a processor, {each_us:,.0f} us a message"


def make_figures(seen: Seen) -> StreamFigures:
    """Sum up."""
    counts = [state.counts for state in seen.subscribers]
    told: Counter[str] = Counter()
    for tape, length in seen.tapes.items():
        told[tape.partition("@")[0].partition(" ")[0]] += length
    return StreamFigures(
        subscribers=len(counts),
        messages=sum(c.messages for c in counts),
        snapshots=sum(c.snapshots for c in counts),
        deltas=sum(c.deltas for c in counts),
        changes=sum(c.changes for c in counts),
        checksums=sum(c.checksums for c in counts),
        tops=sum(c.tops for c in counts),
        events=sum(c.events for c in counts),
        told=dict(told),
        reconnects=sum(c.reconnects for c in counts),
        cuts=sum(c.cuts for c in counts),
        stalls=sum(c.stalls for c in counts),
        closings=_summed(c.closings for c in counts),
        refusals=_summed(c.refusals for c in counts),
        lateness=seen.lateness,
        cpu_s=seen.cpu_s,
    )


def _summed(several: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in several:
        total.update(one)
    return dict(sorted(total.items()))


def _listed(words: str, counts: Mapping[str, int]) -> str:
    listed = ", ".join(f"{name} ({count:,})" for name, count in counts.items())
    return f"; {words} {listed}" if listed else ""
