"""Writes a journal as lines to read, or as JSON lines: `python -m matcher show`.

Theory of operation
-------------------
Names and decimals come from the commands that define assets and markets, so reading begins at the
newest snapshot before the first command that is wanted, or at the beginning, and what comes before
it is read without being shown. With `--events` it is replayed too, since only an engine knows what
a command did; without, nothing is applied, so a journal that the engine stumbles over can be shown.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final, final

import msgspec

from matcher.core.engine import Engine
from matcher.journal.format import JournalError, Position, Record
from matcher.replaying import JournaledCommand, commands_of
from matcher.tools.catalog import Catalog
from matcher.tools.commands import command_text, describe_command
from matcher.tools.data_folder import DataFolder
from matcher.tools.events import describe_events, event_text
from matcher.tools.fields import Fields
from matcher.tools.options import ShowOptions
from matcher.tools.replies import describe_reply, reply_text
from matcher.tools.steps import Step, apply_command
from matcher.tools.terminal import Style, utc_text
from proto.codec import decode_reply
from proto.queries import MarketsQuery
from proto.replies import MarketsReply

_FOLLOW_S: Final = 0.1
# Placing, cancelling, money in and money out; what operators do stands out.
_KIND_STYLES: Final = {
    **dict.fromkeys(("place", "place_list", "replace", "amend"), "36"),
    **dict.fromkeys(("cancel", "cancel_all", "cancel_all_after"), "33"),
    **dict.fromkeys(("deposit", "collect_fees", "transfer_between"), "32"),
    **dict.fromkeys(("withdraw", "request_transfer", "settle_transfer"), "35"),
    "advance_time": "2",
}
_OPERATOR_STYLE: Final = "1"
# As long as the longest kind.
_KIND_WIDTH: Final = 19
_INDENT: Final = " " * 13


@final
class Shower:
    """Writes one journal."""

    def __init__(
        self, folder: DataFolder, options: ShowOptions, write: Callable[[str], object], style: Style
    ) -> None:
        """Prepare to write.

        Args:
            folder: Whose journal.
            options: What of it, and how.
            write: Takes whole lines.
            style: How a terminal is made to show them.
        """
        self._folder: Final = folder
        self._options: Final = options
        self._write: Final = write
        self._style: Final = style
        self._catalog: Final = Catalog()
        self._engine = Engine(folder.shard)

    def run(self, flush: Callable[[], None]) -> None:
        """Write what was asked for; with `follow`, until the last sequence or an interruption.

        Args:
            flush: Called when there is nothing more to write for now.

        Raises:
            JournalError: If the journal is damaged, or does not reach back as far as was asked.
        """
        reader = self._folder.reader(self._begin(), follows=self._options.follow)
        while True:
            for record in reader.records():
                self._take(record)
                if record.position.sequence >= self._options.last_sequence:
                    flush()
                    return
            flush()
            if not self._options.follow:
                return
            time.sleep(_FOLLOW_S)

    def _begin(self) -> Position:
        """Return where to begin reading, with the definitions of that place learned."""
        folder, options = self._folder, self._options
        first = folder.first_position()
        snapshot = folder.newest_snapshot(at_most=options.first_sequence - 1)
        if snapshot is not None and snapshot.position.sequence >= first.sequence:
            self._engine = snapshot.engine
            engine = snapshot.engine
            answer = decode_reply(engine.answer(MarketsQuery(0), engine.timestamp_ns))
            assert isinstance(answer, MarketsReply)
            self._catalog.learn_all(answer)
            return snapshot.position
        if first.sequence:
            raise JournalError(
                f"the journal in {folder.journal} begins at sequence {first.sequence + 1}, and "
                "there is no snapshot of what was defined before it. Show from a later sequence "
                f"(snapshots: {folder.snapshot_sequences() or 'none'}), or bring the segments "
                "before it back."
            )
        return first

    def _take(self, record: Record) -> None:
        options = self._options
        for journaled in commands_of(record):
            self._catalog.learn(journaled.command)
            step = apply_command(self._engine, journaled) if options.events else None
            if options.first_sequence <= journaled.sequence <= options.last_sequence:
                lines = self._json if options.json else self._text
                for line in lines(journaled, step):
                    self._write(line)

    def _json(self, journaled: JournaledCommand, step: Step | None) -> Iterator[str]:
        fields: dict[str, object] = {
            "sequence": journaled.sequence,
            "timestamp": utc_text(journaled.timestamp_ns),
            "timestamp_ns": journaled.timestamp_ns,
            "epoch": journaled.epoch,
            **describe_command(journaled.command, self._catalog),
        }
        if step is not None:
            fields |= describe_reply(step.reply, self._catalog)
            fields["events"] = list(describe_events(step.events, self._catalog))
        yield msgspec.json.encode(fields).decode() + "\n"

    def _text(self, journaled: JournaledCommand, step: Step | None) -> Iterator[str]:
        style = self._style
        fields = describe_command(journaled.command, self._catalog)
        kind = str(fields["command"])
        yield (
            f"{journaled.sequence:>10}  {style.dim(utc_text(journaled.timestamp_ns))}  "
            f"{style.paint(f'{kind:<{_KIND_WIDTH}}', _KIND_STYLES.get(kind, _OPERATOR_STYLE))}  "
            f"{command_text(fields)}\n"
        )
        if step is not None:
            reply = describe_reply(step.reply, self._catalog)
            yield f"{_INDENT}{self._painted_reply(reply)}\n"
            for event in describe_events(step.events, self._catalog):
                yield f"{_INDENT}{style.dim(str(event['event']))} {event_text(event)}\n"

    def _painted_reply(self, reply: Fields) -> str:
        rejected = "reason" in reply
        return self._style.paint(f"-> {reply_text(reply)}", "31" if rejected else "1")
