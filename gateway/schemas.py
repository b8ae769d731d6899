"""JSON Schemas of our types, as msgspec makes them, fitted to the documents that show them."""

from collections.abc import Iterable
from typing import Final, cast

import msgspec

Schema = dict[str, object]

_REFERENCE: Final = "#/components/schemas/{name}"
# A word of OpenAPI, which AsyncAPI has too, but with another meaning.
_NOT_DRAFT_07: Final = ("discriminator",)


def schemas_of(types: Iterable[object]) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Turn types into schemas of JSON Schema 2020-12.

    Args:
        types: Each may be there more than once.

    Returns:
        The schema of each type, by its `repr`, and the components that they refer to, by name.
    """
    by_name = {repr(one): one for one in types}
    schemas, components = msgspec.json.schema_components(
        list(by_name.values()), ref_template=_REFERENCE
    )
    named = {name: plain(schema) for name, schema in components.items()}
    return dict(zip(by_name, schemas, strict=True)), named


def plain(schema: Schema) -> Schema:
    """Drop what says nothing: titles that repeat the name, and long indented docstrings."""
    kept = {key: value for key, value in schema.items() if key != "title"}
    description = kept.get("description")
    if isinstance(description, str):
        kept["description"] = description.split("\n\n    Attributes:")[0].replace("\n    ", "\n")
    return kept


def as_draft_07(schema: Schema) -> Schema:
    """Say the same in draft 07 of JSON Schema, which has other words for arrays of fixed places.

    Complexity: O(size of the schema).
    """
    older: Schema = {}
    for key, value in schema.items():
        if key == "prefixItems":
            older["items"] = _each(value)
            older["additionalItems"] = False
        elif key == "anyOf":
            older[key] = _each(value)
        elif key == "properties":
            properties = cast("dict[str, Schema]", value)
            older[key] = {name: as_draft_07(one) for name, one in properties.items()}
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            older[key] = as_draft_07(value)
        elif key not in _NOT_DRAFT_07 and not (key == "items" and "prefixItems" in schema):
            older[key] = value
    return older


def _each(schemas: object) -> list[Schema]:
    return [as_draft_07(schema) for schema in cast("list[Schema]", schemas)]
