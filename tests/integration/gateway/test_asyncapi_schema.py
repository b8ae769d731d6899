"""The AsyncAPI document is one by the schema that its authors publish."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from gateway.asyncapi import document_bytes
from tests.npm import install

pytestmark = pytest.mark.integration

FOLDER = Path(__file__).resolve().parents[2] / "asyncapi"


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    packages = install(FOLDER, "the schema of AsyncAPI")
    schema = packages / "@asyncapi" / "specs" / "schemas" / "3.0.0-without-$id.json"
    return Draft7Validator(
        json.loads(schema.read_text()), format_checker=Draft7Validator.FORMAT_CHECKER
    )


@pytest.fixture
def document() -> Any:
    return json.loads(document_bytes("0.1.0", "127.0.0.1:9001"))


def test_the_document_is_valid(validator: Draft7Validator, document: Any) -> None:
    assert [error.message for error in validator.iter_errors(document)] == []


def test_the_schema_finds_what_is_wrong(validator: Draft7Validator, document: Any) -> None:
    document["operations"]["depth"]["action"] = "shout"
    document["channels"]["trades"]["colour"] = "red"
    assert len(list(validator.iter_errors(document))) >= 2
