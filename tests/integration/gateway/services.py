"""Real processes, and a client that sees every byte that they answer."""

import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any, Self

DEADLINE_S = 20.0


class Service:
    """One process of the exchange, until the end of the block."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self.name = name
        inherited = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", name],
            env={**inherited, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.seen: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                self.lines.put(line.rstrip("\n"))

    def wait_for(self, word: str) -> str:
        """Wait for a line of the log."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            line = self.lines.get(timeout=max(0.001, deadline - time.monotonic()))
            self.seen.append(line)
            if word in line:
                return line

    def port(self) -> int:
        """Wait until it is ready, and tell where."""
        return int(self.wait_for("ready http://").rpartition(":")[2])

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it and return its exit status."""
        self.process.send_signal(number)
        status = self.process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        return status

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def request(
    port: int,
    method: str,
    target: str,
    body: bytes | dict[str, Any] | None = None,
    connection: http.client.HTTPConnection | None = None,
) -> Answer:
    """Send one request, on a connection of its own where none is given."""
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    try:
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if body else {}
        own.request(method, target, body, headers)
        return Answer(own.getresponse())
    finally:
        if connection is None:
            own.close()


def exchange_bytes(port: int, data: bytes) -> bytes:
    """Send bytes and return all that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
        return received
