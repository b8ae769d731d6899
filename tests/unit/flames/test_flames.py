"""Flame graphs: names of functions, whose work it is, what waits, and what is drawn."""

import re
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scripts.flames.drawing import draw_flames
from scripts.flames.frames import read_frame
from scripts.flames.groups import (
    CODEC,
    COLLECTOR,
    ENGINE,
    JOURNAL,
    OTHER,
    PACKING,
    PUBLISHER,
    SEQUENCER,
    ZEROMQ,
    group_of,
)
from scripts.flames.main import main
from scripts.flames.sampling import SamplerError, find_sampler, used_by_threads
from scripts.flames.stacks import (
    Call,
    Samples,
    Thread,
    calls_of,
    read_samples,
    shares_of_groups,
    waits,
    weighed,
)

COMPILED = ("matcher.core.engine", "matcher.core.book", "proto.book", "proto.packing")

START = (
    "0x7f9ac424524a (libc.so.6)",
    "<module> (matcher/__main__.py:1)",
    "main (matcher/main.py:66)",
    "Runner.run (asyncio/runners.py:86)",
    "uv_run (core.c:464)",
)
DRAIN = "EdgeSocket._drain (proto/mesh/edge.py:99)"
APPLY = "Sequencer._apply (matcher/sequencer.py:306)"
ENGINE_APPLY = "Engine.apply (matcher/core/engine.py:164)"


@pytest.mark.parametrize(
    ("text", "name", "module"),
    [
        (ENGINE_APPLY, "Engine.apply", "matcher.core.engine"),
        ("CPyDef_engine___Engine___apply (x.so)", "Engine.apply", "matcher.core.engine"),
        # As much of the module's name as tells it from others.
        ("CPyDef_core___book___Book___add (x.so)", "Book.add", "matcher.core.book"),
        ("CPyDef_packing___pack_trade (x.so)", "pack_trade", "proto.packing"),
        ("engine___Engine_dealloc (x.so)", "Engine_dealloc", "matcher.core.engine"),
        ("CPyDict_GetItem (native.so)", "CPyDict_GetItem", "native"),
        ("CPyDef_unknown___f (x.so)", "unknown.f", ""),
        # Of two that end so, neither is guessed.
        ("CPyDef_book___f (x.so)", "book.f", ""),
        ("zmq_msg_recv (libzmq-2f02442c.so.5.2.5)", "zmq_msg_recv", "libzmq"),
        ("0x7f9a (zmq/backend/cython/_zmq.cpython-311.so)", "zmq", "zmq"),
        ("0x7f9a (libc.so.6)", "libc", "libc"),
        ("mpack_encode (msgspec/_core.cpython-311.so)", "mpack_encode", "msgspec"),
        ("read (redis/_parsers/hiredis.py:3)", "read", "redis._parsers.hiredis"),
        ("f.<locals>.<listcomp> (matcher/pulse.py:3)", "f.<locals>.<listcomp>", "matcher.pulse"),
        ("no parentheses", "no parentheses", ""),
    ],
)
def test_frames_have_the_names_of_the_source(text: str, name: str, module: str) -> None:
    frame = read_frame(text, COMPILED)
    assert (frame.name, frame.module) == (name, module)


def test_what_unpacks_arguments_for_compiled_code_is_a_wrapper() -> None:
    assert read_frame("CPyPy_engine___Engine___apply (x.so)", COMPILED).is_wrapper
    assert not read_frame("CPyDef_engine___Engine___apply (x.so)", COMPILED).is_wrapper


@pytest.mark.parametrize(
    ("module", "caller", "group"),
    [
        ("matcher.core.ladder", SEQUENCER, ENGINE),
        ("matcher.corelike", OTHER, SEQUENCER),
        ("proto.packing", ENGINE, PACKING),
        ("proto.codec", ZEROMQ, CODEC),
        ("proto.codec", PUBLISHER, PUBLISHER),
        ("matcher.journal.writer", OTHER, JOURNAL),
        ("libzmq", OTHER, ZEROMQ),
        ("matcher.main", SEQUENCER, OTHER),
        ("libc", ENGINE, ENGINE),
        ("", OTHER, OTHER),
    ],
)
def test_a_function_belongs_to_its_part_or_to_its_callers(
    module: str, caller: str, group: str
) -> None:
    assert group_of("f", module, caller) == group


def test_collecting_garbage_is_told_apart_wherever_it_happens() -> None:
    assert group_of("gc_collect_main", "libpython3", PUBLISHER) == COLLECTOR


def test_a_stack_begins_where_the_exchange_does() -> None:
    stack = (
        *START,
        DRAIN,
        "CPyPy_core___book___f (x.so)",
        "Py_DECREF (object.h:1)",
        APPLY,
        APPLY,
        ENGINE_APPLY,
    )
    assert calls_of(stack, COMPILED) == (
        Call("EdgeSocket._drain", "proto.mesh.edge", ZEROMQ),
        Call("Sequencer._apply", "matcher.sequencer", SEQUENCER),
        Call("Engine.apply", "matcher.core.engine", ENGINE),
    )
    assert calls_of(START, COMPILED) == (Call(OTHER, "", OTHER),)


def test_who_waits_does_not_work() -> None:
    lock = "PyThread_acquire_lock_timed (libpython3.11.so.1.0)"
    assert waits((*START, lock, "0x1 (libc.so.6)", "0x2 (libc.so.6)"))
    assert waits((*START, "epoll_pwait (libc.so.6)"))
    assert not waits((lock, *START, ENGINE_APPLY))


def folded(number: int, count: int, *frames: str) -> str:
    return ";".join((f"thread ({number}): MainThread", *frames)) + f" {count}"


def test_samples_are_read_by_thread() -> None:
    text = "\n".join((folded(1, 3, "a", "b"), folded(1, 2, "a", "b"), folded(2, 4, "c"), "py-spy"))
    assert read_samples(text) == {
        1: Samples("MainThread", Counter({("a", "b"): 5})),
        2: Samples("MainThread", Counter({("c",): 4})),
    }


def test_threads_weigh_what_the_kernel_says() -> None:
    samples = {
        1: Samples("MainThread", Counter({(*START, DRAIN): 30, (*START, DRAIN, APPLY): 10})),
        # Waits nearly always: its one sample stands for all that it used.
        2: Samples(
            "other",
            Counter({("f (matcher/committer.py:1)",): 1, ("epoll_pwait (libc.so.6)",): 999}),
        ),
        # Was never seen at work: its name must do.
        4: Samples("journal-spare", Counter({("fdatasync (libc.so.6)",): 3})),
    }
    used = {
        1: Thread("python", 600),
        2: Thread("python", 50),
        3: Thread("ZMQbg/IO/0", 300),
        4: Thread("python", 50),
    }
    stacks = weighed(samples, used, COMPILED)
    assert sum(stacks.values()) == pytest.approx(1)
    shares = shares_of_groups(stacks)
    assert shares == {
        ZEROMQ: pytest.approx(0.45 + 0.3),
        SEQUENCER: pytest.approx(0.15),
        JOURNAL: pytest.approx(0.1),
    }
    assert weighed({}, {}, COMPILED) == {}


def test_the_picture_is_an_svg_with_names_and_shares() -> None:
    drain = Call("EdgeSocket._drain", "proto.mesh.edge", ZEROMQ)
    engine = Call("Engine.<apply>", "matcher.core.engine", ENGINE)
    thin = Call("thin", "", ENGINE)
    svg = draw_flames({(drain,): 0.25, (drain, engine): 0.7499, (thin,): 0.0001}, "A & B", "how")
    root = ElementTree.fromstring(svg)
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == [
        "A & B",
        "EdgeSocket._drain (proto.mesh.edge): 100.0%, ZeroMQ",
        "Engine.<apply> (matcher.core.engine): 75.0%, engine",
    ]
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"A & B", "how", "ZeroMQ 25%", "engine 75%", "Engine.<apply>"} <= set(texts)
    # What is called is above its caller, and no wider.
    boxes = [
        (float(box.get("y", "")), float(box.get("width", "")))
        for box in root.iter("{http://www.w3.org/2000/svg}rect")
        if box.get("height") != "12"
    ]
    (below, wide), (above, narrow) = boxes
    assert above < below
    assert narrow < wide
    assert "prefers-color-scheme:dark" in re.sub(r"\s", "", svg)


def test_the_time_of_threads_is_read() -> None:
    used = used_by_threads(int(Path("/proc/self").resolve().name))
    assert max(thread.used_ns for thread in used.values()) > 0


def test_who_has_no_sampler_is_told_where_it_is_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SamplerError, match="no program"):
        find_sampler(tmp_path / "nothing")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert main([str(tmp_path / "x.svg")]) == 1
    assert "pip install" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["x.svg", "--seconds", "1"], ["no/such/folder/x.svg"]])
def test_impossible_wishes_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert "error" in capsys.readouterr().err
