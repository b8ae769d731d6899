"""One durable order at a time over the mesh, beside an echo that syncs.

A real matcher and a bare echo process (`echo`) write to the same folder; one order is sent when the
last one was acknowledged. The client is the same bare DEALER for both, with frames that were made
beforehand. So both pay for one round trip over ipc and one sync; the ratio is what the event loop,
the codec, the engine, the journal and its thread cost on top.
"""

import itertools
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import zmq

from proto.codec import decode_answer, encode
from proto.codes import BUY, GTC, LIMIT, REASON_NAMES
from proto.commands import CancelOrder, Command, Deposit, PlaceOrder
from proto.frames import CommandFrame, ReplyFrame
from proto.markets import read_markets
from proto.replies import Rejected
from scripts.benches.echo import SYNC
from scripts.benches.findings import Fact, Findings, distribution_of, times_of
from scripts.benches.own_matcher import own_matcher, own_process
from scripts.benches.pairs import summed_up
from scripts.benches.watching import watcher
from scripts.benches.workload import ROOT

ORDERS: Final = 1_000
_REPLY_TIMEOUT_MS: Final = 20_000
_USER_ID: Final = 1
_MARKET_ID: Final = 1
_DEPOSIT: Final = 10**15
_HOUR_NS: Final = 3_600_000_000_000
# As a gateway numbers its requests, and as long as its numbers are.
_FIRST_REQUEST_ID: Final = 1 << 60
_RATIO_AIM: Final = 1.5
_P99_AIM_MS: Final = 1.0
_NAME: Final = "one durable order at a time"
_ECHO_NAME: Final = "the echo that syncs"


def bench_hop(pairs: int, data_dir: Path) -> Findings:
    """Measure one order, from its sending to its durable acknowledgement.

    Args:
        pairs: Rounds of each.
        data_dir: Both write below it, so to the same disk.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=data_dir))
        )
        endpoint = f"ipc://{folder}/echo.ipc"
        command = (sys.executable, "-m", "scripts.benches.echo", endpoint, SYNC)
        stack.enter_context(
            own_process((*command, str(folder / "echo.page")), os.environ, folder / "echo.log")
        )
        echo = stack.enter_context(_connected(endpoint))
        matcher = stack.enter_context(own_matcher(folder))
        dealer = stack.enter_context(_connected(matcher.endpoint))
        _fund(dealer)
        return _measure(dealer, echo, pairs)


@contextmanager
def hop_rounds(endpoint: str) -> Iterator[Callable[[], list[int]]]:
    """Prepare to send orders to a matcher one at a time.

    Yields:
        What sends ORDERS of them, and returns what each took, in microseconds.
    """
    with _connected(endpoint) as dealer:
        _fund(dealer)
        frames = _frames()

        def run() -> list[int]:
            took_us, answers = _round(dealer, frames)
            for answer in answers:
                _check(answer)
            return took_us

        yield run


def _measure(dealer: "zmq.Socket[bytes]", echo: "zmq.Socket[bytes]", pairs: int) -> Findings:
    frames = _frames()

    def ours_us() -> list[int]:
        took_us, answers = _round(dealer, frames)
        for answer in answers:
            _check(answer)
        return took_us

    def theirs_us() -> list[int]:
        return _round(echo, frames)[0]

    watcher().on_round(_NAME, 0, pairs)
    # A round of each settles what is to settle.
    ours_us()
    theirs_us()
    ours: list[list[int]] = []
    theirs: list[list[int]] = []
    for number in range(pairs):
        watcher().on_round(_NAME, number + 1, pairs)
        if number % 2:
            theirs.append(theirs_us())
            ours.append(ours_us())
        else:
            ours.append(ours_us())
            theirs.append(theirs_us())
    return _findings(ours, theirs)


def _findings(ours: list[list[int]], theirs: list[list[int]]) -> Findings:
    """Sum up what orders and echoes took in each round, in microseconds."""
    all_ours = [took_us for taken in ours for took_us in taken]
    all_theirs = [took_us for taken in theirs for took_us in taken]
    times = times_of(_NAME, all_ours)
    return Findings(
        [
            summed_up(
                f"{_NAME}, p{percent}",
                [
                    (_percentile(us, percent), _percentile(them, percent))
                    for us, them in zip(ours, theirs, strict=True)
                ],
                "us",
                "a bare ROUTER that writes 4 KiB, fdatasyncs and echoes; no engine, no journal",
                aim=aim,
            )
            for percent, aim in ((50, _RATIO_AIM), (99, None))
        ],
        [times, times_of(_ECHO_NAME, all_theirs)],
        [Fact(f"{_NAME}, p99", times.p99_ms, "ms", _P99_AIM_MS)],
        [distribution_of(_NAME, all_ours), distribution_of(_ECHO_NAME, all_theirs)],
    )


def _percentile(took_us: list[int], percent: int) -> int:
    return sorted(took_us)[len(took_us) * percent // 100]


def _round(dealer: "zmq.Socket[bytes]", frames: Iterator[bytes]) -> tuple[list[int], list[bytes]]:
    """Send one frame after the other; return what each took, in microseconds, and the answers."""
    took_us, answers = [], []
    send, receive, clock_ns = dealer.send, dealer.recv, time.perf_counter_ns
    for frame in list(itertools.islice(frames, ORDERS)):
        start_ns = clock_ns()
        send(frame)
        answers.append(receive())
        took_us.append((clock_ns() - start_ns) // 1_000)
    return took_us, answers


def _frames() -> Iterator[bytes]:
    """Make frames of one command: an order that rests, and then its cancel.

    So the book stays as it is. Prices differ, as they do in a book.
    """
    deadline_ns = time.time_ns() + _HOUR_NS
    for number in itertools.count():
        request_id = _FIRST_REQUEST_ID + number
        name = f"hop-{number // 2}"
        command: Command
        if number % 2:
            command = CancelOrder(request_id, deadline_ns, _MARKET_ID, _USER_ID, 0, name)
        else:
            price_ticks = 1_000 + number % 100
            command = PlaceOrder(
                request_id,
                deadline_ns,
                _MARKET_ID,
                _USER_ID,
                BUY,
                LIMIT,
                GTC,
                False,
                price_ticks,
                10,
                name,
            )
        yield encode(CommandFrame([command]))


def _fund(dealer: "zmq.Socket[bytes]") -> None:
    assets, _ = read_markets(ROOT / "markets.toml")
    for asset in assets:
        deposit = Deposit(0, _USER_ID, asset.asset_id, _DEPOSIT, asset.name)
        dealer.send(encode(CommandFrame([deposit])))
        _check(dealer.recv())


def _check(data: bytes) -> None:
    answer = decode_answer(data)
    assert isinstance(answer, ReplyFrame)
    for reply in answer.replies:
        assert not isinstance(reply, Rejected), REASON_NAMES[reply.reason]


@contextmanager
def _connected(endpoint: str) -> Iterator["zmq.Socket[bytes]"]:
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.RCVTIMEO, _REPLY_TIMEOUT_MS)
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(endpoint)
        yield dealer
