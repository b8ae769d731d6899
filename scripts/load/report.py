"""Writes the result of a soak: a table on a terminal, plain lines elsewhere."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from scripts.load.audits_report import audit_lines, audits_table, outcome_line
from scripts.load.result import Result


def write_report(result: Result, console: Console) -> None:
    """Write a result."""
    if console.is_terminal:
        _write_tables(result, console)
    else:
        for line in plain_lines(result):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _write_tables(result: Result, console: Console) -> None:
    # A title of the table would be broken where the table ends.
    console.print(f"Soak: {result.load}", style="bold", highlight=False, markup=False)
    latency = Table()
    latency.add_column("latency, ms")
    for name in ("count", "p50", "p90", "p99", "p99.9", "max"):
        latency.add_column(name, justify="right")
    for kind, row in latency_rows(result):
        latency.add_row(kind, *row)
    console.print(latency)
    for name, value in facts(result):
        console.print(f"  {name:<22} {value}", highlight=False, markup=False)
    console.print(audits_table(result.audits))
    console.print(outcome_line(result.audits), style="bold green" if result.ok else "bold red")


def plain_lines(result: Result) -> Iterator[str]:
    """Yield a result as lines of text."""
    yield f"soak: {result.load}"
    for name, value in facts(result):
        yield f"  {name:<22} {value}"
    columns = ("count", "p50", "p90", "p99", "p99.9", "max")
    yield f"  {'latency, ms':<12}" + "".join(f"{name:>11}" for name in columns)
    for kind, row in latency_rows(result):
        yield f"  {kind:<12}" + "".join(f"{cell:>11}" for cell in row)
    yield from audit_lines(result.audits)
    yield outcome_line(result.audits)


def latency_rows(result: Result) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield kind and cells of each row of the latency table."""
    for kind, latency in result.latency.items():
        times = (
            latency.p50_ms,
            latency.p90_ms,
            latency.p99_ms,
            latency.p99_9_ms,
            latency.max_ms,
        )
        yield kind, (f"{latency.count:,}", *(f"{time_ms:,.2f}" for time_ms in times))


def facts(result: Result) -> Iterator[tuple[str, str]]:
    """Yield the figures that stand beside the latencies."""
    yield "orders acknowledged", f"{result.orders:,} = {result.orders_per_s:,.0f}/s"
    yield "commands answered", f"{result.commands_per_s:,.0f}/s over {result.seconds:.1f} s"
    yield "fills", f"{result.fills:,}"
    yield "cancels", f"{result.cancels:,}, and {result.late_cancels:,} too late"
    if result.not_begun:
        yield "not begun", f"{result.not_begun:,} operations found no free connection"
    troubles = ", ".join(f"{word}: {count:,}" for word, count in result.troubles.items())
    yield "errors", f"{troubles or 'none'}; retries {result.retries:,}"
    if result.killed_s is not None:
        outage = "for good" if result.outage_s is None else f"for {result.outage_s:.2f} s"
        yield "matcher killed", f"at {result.killed_s:.1f} s; nothing acknowledged {outage}"
    yield "database caught up", f"{result.persist_lag_s:.1f} s after the load"
    yield (
        "driver used",
        f"{result.driver_core_share:.0%} of a core, "
        f"{result.driver_us_per_command:.0f} us a command",
    )
    if result.subscriber_messages:
        yield (
            "subscribers used",
            f"{result.subscriber_core_share:.0%} of a core, "
            f"{result.subscriber_messages:,} messages",
        )
