"""Reads configuration from the environment, once, in a process's `main`.

A setting that cannot be used stops the start with a sentence that names the variable, what it
holds and what it may hold. `SettingError` is for that: print it and exit with status 2.
"""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Final, final

AUTH_OPEN: Final = "open"


class SettingError(Exception):
    """A setting that this process cannot run with."""


@final
class Settings:
    """The environment, read with types and bounds."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment: Final = environment

    def text(self, name: str, default: str) -> str:
        """Return a variable, or the default where it is unset or empty."""
        return self._environment.get(name) or default

    def required(self, name: str, purpose: str) -> str:
        """Return a variable that has no default.

        Raises:
            SettingError: If it is unset or empty.
        """
        value = self._environment.get(name)
        if not value:
            raise SettingError(f"{name} is not set. Set it to {purpose}.")
        return value

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """Return a variable as an integer in low..high.

        Raises:
            SettingError: If it is not one.
        """
        text = self._environment.get(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise SettingError(f"{name} is {text!r}. It must be a whole number, {low} to {high}.")
        return int(text)

    def choice(self, name: str, words: tuple[str, ...]) -> str:
        """Return a variable that is one of a few words; the first is the default.

        Raises:
            SettingError: If it is another one.
        """
        word = self.text(name, words[0])
        if word not in words:
            raise SettingError(f"{name} is {word!r}. It must be {' or '.join(words)}.")
        return word

    def data_dir(self) -> Path:
        """Return the folder of journal, snapshots, sockets and embedded servers, absolute."""
        return Path(self.text("TICKMESH_DATA_DIR", "data")).absolute()

    def loopback_host(self, name: str, default: str = "127.0.0.1") -> str:
        """Return an address to listen on: a loopback address, for as long as sign-in is open.

        Raises:
            SettingError: If it is any other address, or a name.
        """
        host = self.text(name, default)
        try:
            loopback = ipaddress.ip_address(host).is_loopback
        except ValueError:
            loopback = host == "localhost"
        if not loopback:
            raise SettingError(
                f"{name} is {host!r}, which is not a loopback address. With TICKMESH_AUTH=open "
                "anyone who can connect can trade as any user, so every service listens on "
                "loopback only. Use 127.0.0.1 or ::1."
            )
        return host

    def auth(self) -> str:
        """Return the sign-in mode; only `open` exists so far.

        Raises:
            SettingError: If another mode is asked for.
        """
        mode = self.text("TICKMESH_AUTH", AUTH_OPEN)
        if mode != AUTH_OPEN:
            raise SettingError(
                f"TICKMESH_AUTH is {mode!r}. Only 'open' exists in this version: a request "
                "names its user_id, and every service listens on loopback only."
            )
        return mode
