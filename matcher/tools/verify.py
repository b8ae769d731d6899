"""Checks a journal and replays it, changing nothing: `python -m matcher verify`.

Theory of operation
-------------------
One pass over all records that are there: the reader checks each record's checksum and that it
continues the one before. From where the replay begins, at the newest good snapshot or at the very
beginning, the commands are applied too, by the same engine as in the matcher. Where a snapshot was
taken, its place must be the journal's; in a replay from the beginning the state must have its hash.

While a matcher writes, the pass ends at the last whole record that it meets.
"""

import logging
import time
from collections.abc import Callable
from typing import Final, final

from matcher.core.engine import Engine
from matcher.core.parts import SnapshotError
from matcher.journal.format import BEGINNING, JournalError, Position, Record
from matcher.replaying import commands_of
from matcher.tools.catalog import Catalog
from matcher.tools.data_folder import DataFolder
from matcher.tools.steps import apply_command
from matcher.tools.verification import AssetBalance, Verification
from proto.codec import decode_reply
from proto.queries import LedgerQuery, MarketsQuery, OpenOrdersQuery
from proto.replies import AssetSums, LedgerReply, MarketsReply, OpenOrdersReply

# Told of progress at most this often, in records.
_PROGRESS_RECORDS: Final = 64


@final
class Verifier:
    """One verification."""

    def __init__(self, folder: DataFolder, on_progress: Callable[[int], None]) -> None:
        """Prepare to verify.

        Args:
            folder: What is verified.
            on_progress: Told now and then which sequence was reached.
        """
        self._folder: Final = folder
        self._on_progress: Final = on_progress
        self._found: Final = Verification(
            journal=str(folder.path / "journal"),
            live=folder.is_written(),
            segments=len(folder.segments()),
        )
        self._engine = Engine(folder.shard)
        self._began_at = BEGINNING
        self._compare_at: set[int] = set()

    def run(self, *, from_beginning: bool) -> Verification:
        """Verify; what is wrong is in the result.

        Args:
            from_beginning: Whether to replay everything and to compare with each snapshot on the
                way, rather than to begin with the newest one.
        """
        started_s = time.monotonic()
        found = self._found
        with _Warnings(found.warnings):
            try:
                self._begin(from_beginning=from_beginning)
                self._read()
                self._sum_up()
            except (JournalError, SnapshotError, OSError) as error:
                found.problem = str(error)
            except AssertionError as error:
                # An assertion of the engine is a bug in it, or a journal that another wrote.
                found.problem = (
                    f"behind sequence {self._engine.sequence} an invariant of the engine does not "
                    f"hold ({error!r}). Keep a copy of the data folder and report it; a matcher "
                    "would stop there too."
                )
        found.sequence = self._engine.sequence
        found.elapsed_s = time.monotonic() - started_s
        found.ok = found.problem is None
        return found

    def _begin(self, *, from_beginning: bool) -> None:
        folder, found = self._folder, self._found
        if from_beginning:
            self._compare_at = set(folder.snapshot_sequences())
            return
        snapshot = folder.newest_snapshot(verify=True)
        if snapshot is not None:
            self._engine = snapshot.engine
            self._began_at = snapshot.position
            found.replayed_from = snapshot.position.sequence
            found.epoch = snapshot.epoch

    def _read(self) -> None:
        folder, found = self._folder, self._found
        first = folder.first_position()
        found.first_sequence = first.sequence + 1 if folder.segments() else 0
        if first.sequence > self._engine.sequence:
            raise JournalError(
                f"the journal in {folder.journal} begins at sequence {first.sequence + 1:,}, and "
                f"the state before it is not known. Bring the segments before it back; or, where "
                "they were removed on purpose, verify from the newest snapshot (without "
                "--from-beginning)."
            )
        if first.sequence == self._began_at.sequence:
            self._check_place(self._began_at, first)
        reader = folder.reader(first)
        for record in reader.records():
            self._take(record)
        found.epoch = max(found.epoch, reader.epoch)
        if reader.position.sequence < self._engine.sequence:
            raise JournalError(
                f"the journal in {folder.journal} ends at sequence {reader.position.sequence:,}, "
                f"and there is a snapshot of sequence {self._engine.sequence:,}: the end of the "
                "journal is missing. Restore the folder from a copy."
            )
        if reader.tear is not None and not found.live:
            found.warnings.append(
                f"{reader.tear.segment} ends with an incomplete record at byte "
                f"{reader.tear.offset}: a crash left it, nobody was told of it, and the next start "
                "cuts it off"
            )

    def _take(self, record: Record) -> None:
        found, engine = self._found, self._engine
        found.records += 1
        position = record.position
        if found.records % _PROGRESS_RECORDS == 0:
            self._on_progress(position.sequence)
        if position.sequence <= self._began_at.sequence:
            if position.sequence == self._began_at.sequence:
                self._check_place(self._began_at, position)
            return
        if record.first_sequence != engine.sequence + 1:
            raise JournalError(
                f"no record of the journal in {self._folder.journal} ends at sequence "
                f"{engine.sequence:,}, where the newest snapshot was taken: the snapshot is of "
                "another journal. Move it elsewhere, or restore what belongs together."
            )
        for journaled in commands_of(record):
            apply_command(engine, journaled)
            found.replayed += 1
        if position.sequence in self._compare_at:
            self._compare(position)

    def _compare(self, position: Position) -> None:
        """Compare the state with that of the snapshot of a place."""
        snapshot = self._folder.newest_snapshot(at_most=position.sequence)
        if snapshot is None or snapshot.position.sequence != position.sequence:
            # It is bad, which was warned of, or was removed meanwhile.
            return
        self._check_place(snapshot.position, position)
        if not snapshot.state_hash:
            # It is of an older format: there is nothing to compare.
            return
        ours = self._engine.state_hash()
        if not ours == snapshot.state_hash == snapshot.engine.state_hash():
            raise SnapshotError(
                f"the snapshot of sequence {position.sequence:,} has the state "
                f"{snapshot.state_hash}, the replay of the journal has {ours}. Move the snapshot "
                "elsewhere: the journal is what counts. Then report it, for one of the two engines "
                "was wrong."
            )
        self._found.snapshots_compared.append(position.sequence)

    def _check_place(self, of_snapshot: Position, of_journal: Position) -> None:
        if of_snapshot != of_journal:
            raise JournalError(
                f"the snapshot of sequence {of_snapshot.sequence:,} was taken of another journal: "
                f"its record has the checksum {of_snapshot.checksum:#010x}, here it is "
                f"{of_journal.checksum:#010x}. Bring together what belongs together, from a copy."
            )

    def _sum_up(self) -> None:
        engine, found = self._engine, self._found
        engine.check_invariants()
        found.state_hash = engine.state_hash()
        users = engine.user_ids()
        found.users = len(users)
        for user_id in users:
            opened = decode_reply(
                engine.answer(OpenOrdersQuery(0, user_id, 0), engine.timestamp_ns)
            )
            assert isinstance(opened, OpenOrdersReply)
            found.open_orders += len(opened.orders)
        catalog = Catalog()
        markets = decode_reply(engine.answer(MarketsQuery(0), engine.timestamp_ns))
        assert isinstance(markets, MarketsReply)
        catalog.learn_all(markets)
        ledger = decode_reply(engine.answer(LedgerQuery(0), engine.timestamp_ns))
        assert isinstance(ledger, LedgerReply)
        found.assets = [_balance(sums, catalog) for sums in ledger.sums]
        unbalanced = [
            catalog.asset_name(sums.asset_id) for sums in ledger.sums if _difference(sums)
        ]
        if unbalanced:
            raise JournalError(
                f"money was made or lost in {', '.join(unbalanced)}: users and fees are not "
                "deposits less withdrawals. Keep a copy of the data folder and report it."
            )


def _balance(sums: AssetSums, catalog: Catalog) -> AssetBalance:
    def text(amount: int) -> str:
        return catalog.amount(sums.asset_id, amount)

    return AssetBalance(
        asset=catalog.asset_name(sums.asset_id),
        deposited=text(sums.deposited_amount),
        withdrawn=text(sums.withdrawn_amount),
        users_total=text(sums.users_amount),
        held=text(sums.held_amount),
        fees=text(sums.fees_amount),
        difference=text(_difference(sums)),
    )


def _difference(sums: AssetSums) -> int:
    inside = sums.users_amount + sums.fees_amount
    return inside - sums.deposited_amount + sums.withdrawn_amount


@final
class _Warnings(logging.Handler):
    """Collects what the code that is shared with the matcher logs."""

    def __init__(self, into: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._into: Final = into
        self._logger: Final = logging.getLogger("matcher")

    def __enter__(self) -> None:
        self._logger.addHandler(self)

    def __exit__(self, *error: object) -> None:
        self._logger.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:  # type: ignore[explicit-override]
        """Take a line of the log."""
        self._into.append(record.getMessage())
