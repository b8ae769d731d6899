"""Holds what goes over a WebSocket against the AsyncAPI document.

The document leaves room for fields that a later version sends; here there is none: whatever is not
described fails. So do numbers with a point, names that are there twice, and moments that are
written otherwise than all are.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from jsonschema import Draft7Validator, FormatChecker
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from gateway.asyncapi import document
from proto.api.streams.envelopes import ID_INTEGER_MAX, ID_LENGTH_MAX

Json = Any

_URI: Final = "urn:tickmesh:asyncapi"
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_FORMATS: Final = FormatChecker(formats=())


class NotDescribedError(AssertionError):
    """The document does not describe a message."""


class Description:
    """The document, ready to hold messages against it.

    Attributes:
        document: The document, with nothing left open.
        codes: What each method may be refused with, by its name.
        streams: What the names of a channel's streams look like, by the key of the channel.
    """

    def __init__(self, described: Json) -> None:
        closed = json.loads(json.dumps(described))
        for schema in closed["components"]["schemas"].values():
            _close(schema)
        for message in closed["components"]["messages"].values():
            _close(message["payload"])
        self.document = closed
        registry = Registry().with_resource(_URI, Resource(closed, DRAFT7))
        self._validators = {
            key: Draft7Validator(
                {"$ref": f"{_URI}#/components/messages/{key}/payload"},
                registry=registry,
                format_checker=_FORMATS,
            )
            for key in closed["components"]["messages"]
        }
        self.codes: dict[str, frozenset[str]] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        for key, operation in closed["operations"].items():
            if operation["action"] == "receive":
                request = closed["components"]["messages"][f"{key}Request"]
                method = request["payload"]["properties"]["method"]["const"]
                self.codes[method] = frozenset(operation["x-error-codes"])
                self._keys[method] = (f"{key}Request", f"{key}Result")
        self.streams: dict[str, re.Pattern[str]] = {
            key: re.compile(
                closed["components"]["messages"][key]["payload"]["properties"]["stream"]["pattern"]
            )
            for key, operation in closed["operations"].items()
            if operation["action"] == "send"
        }

    def check_stream(self, content: Json) -> str:
        """Check a message of a stream; return the key of its channel.

        Raises:
            NotDescribedError: If it is none that is described.
        """
        name = content.get("stream") if isinstance(content, dict) else None
        keys = [key for key, pattern in self.streams.items() if pattern.search(str(name))]
        if len(keys) != 1:
            raise NotDescribedError(f"{len(keys)} channels have a stream of this name: {content}")
        self._validate(keys[0], content)
        return keys[0]

    def check_request(self, content: Json) -> str:
        """Check a request; return its method.

        Raises:
            NotDescribedError: If it is none that is described.
        """
        method = content.get("method") if isinstance(content, dict) else None
        if method not in self._keys:
            raise NotDescribedError(f"no method is described for {content}")
        self._validate(self._keys[method][0], content)
        return str(method)

    def check_answer(self, content: Json, method: str | None) -> None:
        """Check the answer to a request.

        Args:
            content: The answer.
            method: Method of the request; None where it had none that is described.

        Raises:
            NotDescribedError: If it is none that is described for this method.
        """
        if isinstance(content, dict) and "error" in content:
            self._validate("refused", content)
            codes = self.codes[method] if method else frozenset.intersection(*self.codes.values())
            if content["error"]["code"] not in codes:
                raise NotDescribedError(f"{method} is not described as refused so: {content}")
        elif method is None:
            raise NotDescribedError(f"something without a method was done: {content}")
        else:
            self._validate(self._keys[method][1], content)

    def _validate(self, key: str, content: Json) -> None:
        error = best_match(self._validators[key].iter_errors(content))
        if error is not None:
            place = "/".join(map(str, error.absolute_path))
            raise NotDescribedError(f"{key}: {place}: {error.message}\n{content}")


class Conversation:
    """Checks everything that one connection sends and receives.

    Attributes:
        description: The document.
        seen: What was received: channels by their keys, answers as "SUBSCRIBE done" or "SUBSCRIBE
            refused", with None for a method that there is not.
    """

    def __init__(self, description: Description | None = None) -> None:
        self.description = description or our_description()
        # Methods of the requests that are not answered yet, by id.
        self._waiting: dict[int | str | None, list[str | None]] = {}
        self.seen: list[str] = []

    def sent(self, text: str | bytes) -> None:
        """Take note of a message of the client, which may be one that is to be refused."""
        try:
            content: Json = json.loads(text)
        except (ValueError, RecursionError):
            content = None
        request = content if isinstance(content, dict) else {}
        method, request_id = request.get("method"), request.get("id")
        known = method if isinstance(method, str) and method in self.description.codes else None
        self._waiting.setdefault(_usable(request_id), []).append(known)

    def received(self, text: str | bytes) -> Json:
        """Check a message of the server; return what it holds.

        Raises:
            NotDescribedError: If it is not described, or answers nothing that was sent.
        """
        content = read(text)
        if isinstance(content, dict) and "stream" in content:
            self.seen.append(self.description.check_stream(content))
            return content
        if not isinstance(content, dict) or "id" not in content:
            raise NotDescribedError(f"neither of a stream nor an answer: {content}")
        verdict = "refused" if "error" in content else "done"
        self.seen.append(f"{self._answered(content)} {verdict}")
        return content

    def _answered(self, answer: Json) -> str | None:
        """Return the method that an answer is to: of those with its id, the first that it fits."""
        waiting = self._waiting.get(answer["id"], [])
        complaint = NotDescribedError(f"it answers nothing that was asked: {answer}")
        for method in waiting:
            try:
                self.description.check_answer(answer, method)
            except NotDescribedError as error:
                complaint = error
            else:
                waiting.remove(method)
                return method
        raise complaint


def read(text: str | bytes) -> Json:
    """Read a message as the strictest client does.

    Raises:
        NotDescribedError: If a number has a point, or an object a name twice.
    """
    return json.loads(
        text, object_pairs_hook=_object, parse_float=_refused, parse_constant=_refused
    )


@cache
def our_description() -> Description:
    """Return the document of this build."""
    return Description(document("0.1.0", "127.0.0.1:9001"))


def _close(schema: Json) -> None:
    """Let objects have the fields that are described, and no others."""
    if isinstance(schema, list):
        for one in schema:
            _close(one)
    elif isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for one in schema.values():
            _close(one)


def _usable(request_id: Json) -> int | str | None:
    """Return the id that an answer to a request will have."""
    if isinstance(request_id, str) and len(request_id) <= ID_LENGTH_MAX:
        return request_id
    if type(request_id) is int and abs(request_id) <= ID_INTEGER_MAX:
        return request_id
    return None


def _object(pairs: Iterable[tuple[str, Json]]) -> Json:
    content: dict[str, Json] = {}
    for name, value in pairs:
        if name in content:
            raise NotDescribedError(f"{name} is there twice")
        content[name] = value
    return content


def _refused(text: str) -> Json:
    raise NotDescribedError(f"{text} is no integer")


@_FORMATS.checks("date-time")
def _is_moment(text: object) -> bool:
    return isinstance(text, str) and _MOMENT.fullmatch(text) is not None
