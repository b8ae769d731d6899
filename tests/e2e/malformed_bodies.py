"""Bodies that are not the JSON object that they should be."""

import json
from typing import Any

from tests.e2e.malformed_request import JSON, MalformedRequest


def bodies(call: str, good: dict[str, Any]) -> list[MalformedRequest]:
    """Bodies that are not the JSON object that they should be."""
    method, _, target = call.partition(" ")
    text = json.dumps(good).encode()
    malformed = {
        "not JSON": b"market=TATA_INR&side=buy",
        "cut off": text[:-5],
        "two objects": text + text,
        "trailing comma": text[:-1] + b",}",
        "single quotes": text.replace(b'"', b"'"),
        "comment": b"/* */" + text,
        "byte order mark": b"\xef\xbb\xbf" + text,
        "UTF-16": json.dumps(good).encode("utf-16"),
        "bad UTF-8 in a value": text.replace(b"TATA_INR", b"TATA\xff\xfe"),
        "overlong UTF-8": text.replace(b"TATA_INR", b"\xc0\xaf"),
        "zero bytes": b"\x00" * 64,
        "control character": text.replace(b"TATA_INR", b"TATA\x01INR"),
        "NaN": text.replace(b'"1"', b"NaN"),
        "Infinity": text.replace(b'"1"', b"Infinity"),
        "-Infinity": text.replace(b'"1"', b"-Infinity"),
        "leading zero": text.replace(b'"1"', b"01"),
        "hexadecimal": text.replace(b'"1"', b"0x1"),
        "open arrays": b"[" * 8_000,
        "half a surrogate": text.replace(b"TATA_INR", b"\\ud800"),
        "an array": b"[" + text + b"]",
        "null": b"null",
        "a number": b"1",
        "text": b'"buy"',
        "true": b"true",
    }
    requests = [
        MalformedRequest(
            f"{call} body: {name}", method, target, 400, "MALFORMED_JSON", None, body, JSON
        )
        for name, body in malformed.items()
    ]
    deep = b"[" * 5_000 + b"]" * 5_000
    fields = {
        "deep nesting in a field": (text.replace(b'"1"', deep, 1), "INVALID_FIELD", None),
        "deep nesting in an unknown field": (
            text[:-1] + b',"x":' + deep + b"}",
            "UNKNOWN_FIELD",
            "x",
        ),
        "a number beyond floats": (text.replace(b'"1"', b"1e999"), "INVALID_FIELD", None),
        "an endless number": (text.replace(b'"1"', b"1" * 9_000, 1), "INVALID_FIELD", None),
        "market twice": (text[:-1] + b',"market":"TATA_INR"}', "DUPLICATE_FIELD", "market"),
        "user twice": (text[:-1] + b', "user_id" : 2}', "DUPLICATE_FIELD", "user_id"),
        "user twice, once escaped": (
            text[:-1] + b',"user_i\\u0064":"2"}',
            "DUPLICATE_FIELD",
            "user_id",
        ),
    }
    requests += [
        MalformedRequest(f"{call} body: {name}", method, target, 400, code, field, body, JSON)
        for name, (body, code, field) in fields.items()
    ]
    for media_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json-patch+json",
        "json",
        ";",
    ):
        requests.append(
            MalformedRequest(
                f"{call} as {media_type}",
                method,
                target,
                415,
                "UNSUPPORTED_MEDIA_TYPE",
                None,
                text,
                (("Content-Type", media_type),),
            )
        )
    for name, size in (("17 KiB", 17 * 1024), ("10 MB", 10_000_000)):
        for kind, body in (("spaces", b" " * size + text), ("text", b'{"market":"' + b"A" * size)):
            requests.append(
                MalformedRequest(
                    f"{call} {name} of {kind}",
                    method,
                    target,
                    413,
                    "BODY_TOO_LARGE",
                    None,
                    body,
                    JSON,
                )
            )
    return requests
