"""Runs the README's commands, word for word but for the ports, against the running exchange."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, Exchange
from tests.waiting import block_until

pytestmark = pytest.mark.e2e
README = (ROOT / "README.md").read_text(encoding="utf-8")


def console() -> list[tuple[str, str]]:
    """Return the commands of the console blocks, each with the output shown below it."""
    commands: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.rstrip("\n").split("\n")
            count = next(n for n in range(1, len(lines) + 1) if is_whole("\n".join(lines[:n])))
            commands.append(("\n".join(lines[:count]), "\n".join(lines[count:])))
    return commands


def is_whole(command: str) -> bool:
    """Tell whether a shell would not wait for more of a command."""
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return False
    return True


def run(command: str, exchange: Exchange) -> str:
    command = command.replace("localhost:8000", f"127.0.0.1:{exchange.http_port}")
    command = command.replace("127.0.0.1:9001", f"127.0.0.1:{exchange.ws_port}")
    command = command.replace("curl ", "curl -sS --max-time 10 ").replace(
        "--seconds 60", "--seconds 2"
    )
    command = command.replace("--minutes 2", "--minutes 0.1 --connections 8 --rate 300")
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT, capture_output=True, text=True, timeout=90, check=False,
        env={**os.environ, "TICKMESH_DATA_DIR": str(exchange.data_dir)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def shape(value: object) -> object:
    """Reduce JSON to its structure: names and kinds, no values."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value]
    return type(value).__name__


def settled(command: str, shown: object, exchange: Exchange) -> object:
    """Run a command until its answer has the shape shown: history may lag by some milliseconds."""
    late = "/trades?" in command or "/klines?" in command or "/tickers?" in command
    got: object = None

    def alike() -> bool:
        nonlocal got
        got = json.loads(run(command, exchange))
        return shape(got) == shape(shown)

    if late:
        block_until(alike, explain=lambda: f"{command} gave {got}")
    else:
        alike()
    return got


def test_the_readme_s_session(exchange: Exchange) -> None:
    order_id = ""
    answered = 0
    for command, output in console():
        if not command.startswith("curl"):
            continue
        shown = json.loads(output)
        got = settled(command.replace("order_id=59", f"order_id={order_id}"), shown, exchange)
        assert shape(got) == shape(shown), command
        if isinstance(got, dict) and "order_id" in got:
            order_id = order_id or got["order_id"]
            assert got["status"] == shown["status"], command
        if isinstance(got, dict) and "code" in got:
            assert got["code"] == shown["code"]
        if "/depth" in command or "/klines" in command:
            assert json.dumps(shown)[-60:] == json.dumps(got)[-60:]
        answered += 1
    assert answered == 10


def test_the_readme_s_websocket(exchange: Exchange) -> None:
    ((command, output),) = [pair for pair in console() if "websockets.connect" in pair[0]]
    got = [json.loads(line) for line in run(command, exchange).splitlines()]
    shown = [json.loads(line) for line in output.splitlines()]
    assert [message.get("stream") for message in got] == [m.get("stream") for m in shown]
    assert set(got[1]["data"]) == set(shown[1]["data"])
    assert set(got[2]["data"]) == set(shown[2]["data"])


def test_the_readme_s_bot(exchange: Exchange) -> None:
    bot = (ROOT / "docs/examples/bot.py").read_text(encoding="utf-8")
    assert f"```python\n{bot}```" in README
    ((command, shown),) = [pair for pair in console() if "docs.examples.bot" in pair[0]]
    assert shape(json.loads(run(command, exchange))) == shape(json.loads(shown))
    url = f"http://127.0.0.1:{exchange.http_port}/api/v1/order/open?user_id=1&market=TATA_INR"
    orders = json.loads(run(f'curl "{url}"', exchange))
    assert sorted((order["side"], order["quantity"]) for order in orders) == [
        ("buy", "5"), ("sell", "5"),
    ]  # fmt: skip


def test_the_readme_s_soak_audits_clean(exchange: Exchange) -> None:
    ((command, _),) = [pair for pair in console() if "soak.py" in pair[0]]
    assert "every audit holds" in run(command, exchange)


def heads(text: str) -> list[str]:
    """Reduce lines to their names: what stands before the numbers."""
    lines = (line.strip().removeprefix("ok ").lstrip() for line in text.splitlines())
    return [re.split(r"  +|\d|: state|: sequence", line, maxsplit=1)[0] for line in lines]


def test_the_readme_s_audit_and_verification(exchange: Exchange) -> None:
    tools = [pair for pair in console() if "audit.py" in pair[0] or "matcher verify" in pair[0]]
    assert len(tools) == 2
    for command, shown in tools:
        got = run(command, exchange)
        assert heads(got) == heads(shown)
        assert got.splitlines()[-1] == shown.splitlines()[-1]


def test_the_readme_s_journal(exchange: Exchange) -> None:
    ((command, shown),) = [pair for pair in console() if "matcher show" in pair[0]]
    line = re.compile(r" *\d+  [0-9T:.-]{26}Z  (place|cancel|deposit) +user \d+ +\S+ ")
    assert all(line.match(text) for text in shown.splitlines())
    got = run(command.replace("--from 59", "--from 9"), exchange).splitlines()
    # Other tests have sent other commands to this exchange.
    known = [text for text in got if text.split()[2] in ("place", "cancel", "deposit")]
    assert len(known) >= 50
    assert all(line.match(text) for text in known)
    assert all(re.match(r" *\d+  [0-9T:.-]{26}Z  [a-z]+", text) for text in got)


def test_the_readme_s_chaos(exchange: Exchange) -> None:
    ((command, shown),) = [pair for pair in console() if "chaos.py" in pair[0]]
    got = run(command, exchange)
    assert [name for name in heads(shown) if name not in heads(got)] == []
    assert got.splitlines()[-1] == "result: every audit holds"


def test_the_readme_s_comparison(exchange: Exchange) -> None:
    ((command, shown),) = [pair for pair in console() if "compare.py" in pair[0]]
    got = run(command, exchange)
    assert [name for name in heads(shown) if name not in ("...", *heads(got))] == []
    assert got.splitlines()[-1] == shown.splitlines()[-1]


def test_every_other_command_is_run_elsewhere() -> None:
    """`up` by tests/integration/launcher, `test` by whoever runs this."""
    rest = [c for c, _ in console() if not c.startswith("curl") and "python" not in c]
    assert [c.split()[0] for c in rest] == ["scripts/up", "scripts/test"]
    for name in ("scripts/up", "scripts/test"):
        assert os.access(ROOT / name, os.X_OK)


def test_every_link_of_the_documents_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert Path(page.parent, link).exists(), f"{page}: {link}"
