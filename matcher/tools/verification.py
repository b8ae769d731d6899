"""What a verification finds: one value, for people and as JSON."""

from collections.abc import Iterator

from msgspec import Struct


class AssetBalance(Struct, frozen=True):
    """One asset over the whole ledger, as decimal text.

    Attributes:
        asset: Its name.
        deposited: Sum of all deposits.
        withdrawn: Sum of all withdrawals.
        users_total: What users own.
        held: The part of it that open orders and withdrawals reserve.
        fees: Fees collected.
        difference: Users and fees, less deposits, plus withdrawals: zero, if no money was made
            or lost.
    """

    asset: str
    deposited: str
    withdrawn: str
    users_total: str
    held: str
    fees: str
    difference: str


class Verification(Struct):
    """What was found; the attributes are the keys of `--json`.

    Attributes:
        ok: Whether all is good.
        problem: What is wrong, where, and what to do; None if nothing is.
        journal: The journal's folder.
        live: Whether a matcher was writing to it meanwhile.
        segments: Segments in it.
        records: Records whose chain was checked.
        first_sequence: First command in the journal; 0 where there is none.
        sequence: Last command that was applied.
        epoch: Epoch of the last record.
        replayed_from: Sequence of the snapshot that the replay began with; 0 for the beginning.
        replayed: Commands replayed.
        elapsed_s: How long all of it took.
        snapshots_compared: Sequences of the snapshots whose hash the replay's state has.
        state_hash: Hash of the state after the last command.
        open_orders: Orders that rest, wait or are pending.
        users: Users that have had a balance.
        assets: The balances.
        warnings: What is worth knowing, and harms nothing.
    """

    ok: bool = False
    problem: str | None = None
    journal: str = ""
    live: bool = False
    segments: int = 0
    records: int = 0
    first_sequence: int = 0
    sequence: int = 0
    epoch: int = 0
    replayed_from: int = 0
    replayed: int = 0
    elapsed_s: float = 0.0
    snapshots_compared: list[int] = []
    state_hash: str = ""
    open_orders: int = 0
    users: int = 0
    assets: list[AssetBalance] = []
    warnings: list[str] = []


def verification_lines(found: Verification) -> Iterator[str]:
    """Write a verification as lines of text."""
    if not found.segments and found.problem is not None:
        yield f"problem      {found.problem}"
        yield "result       NOT GOOD"
        return
    live = ", and a matcher is writing to it" if found.live else ""
    yield f"journal      {found.journal}: {found.segments} segments{live}"
    yield f"chain        {found.records:,} records from sequence {found.first_sequence:,} on"
    begin = f"the snapshot at {found.replayed_from:,}" if found.replayed_from else "the beginning"
    yield f"replayed     {found.replayed:,} commands from {begin}, {found.elapsed_s:.2f} s in all"
    if found.snapshots_compared:
        compared = ", ".join(f"{sequence:,}" for sequence in found.snapshots_compared)
        yield f"snapshots    same state at {compared}"
    yield f"sequence     {found.sequence:,}  epoch {found.epoch}"
    yield f"state hash   {found.state_hash or 'none'}"
    yield f"open orders  {found.open_orders:,} of {found.users:,} users with balances"
    if found.assets:
        yield from _balance_lines(found.assets)
    for warning in found.warnings:
        yield f"warning      {warning}"
    if found.problem is not None:
        yield f"problem      {found.problem}"
    yield "result       good" if found.ok else "result       NOT GOOD"


def _balance_lines(assets: list[AssetBalance]) -> Iterator[str]:
    """Line the numbers up at their ends: one asset's have the same decimals."""
    heads = ("asset", "deposited", "withdrawn", "users' total", "of it held", "fees", "difference")
    rows = [
        (a.asset, a.deposited, a.withdrawn, a.users_total, a.held, a.fees, a.difference)
        for a in assets
    ]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield f"  {'  '.join(cells)}"
