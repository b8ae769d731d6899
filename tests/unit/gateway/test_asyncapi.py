"""The AsyncAPI document holds together, and docs/websocket.md says the same."""

import itertools
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feed.desk.requests import METHODS as ORDER_METHODS
from feed.requests import LIST_SUBSCRIPTIONS, SIGN_IN, SUBSCRIBE, UNSUBSCRIBE
from feed.streams import COMPLETE_KINDS, PACES, TOP_LEVELS, parse_stream
from gateway.app import App
from gateway.asyncapi import document, document_bytes
from gateway.examples import ORDER
from gateway.operations import OPERATIONS
from gateway.streams import CHANNELS, METHODS
from gateway.streams.channel import PARAMETERS, Channel
from proto.api import answers
from proto.api.problems import PROBLEMS
from proto.api.streams import market_data
from proto.api.streams.failures import CLOSINGS, FAILURES
from proto.intervals import INTERVALS
from tests.asyncapi_check import Conversation, our_description
from tests.unit.gateway.asgi import call

DOCUMENT: Any = json.loads(document_bytes("0.1.0", "127.0.0.1:9001"))
PAGE = (Path(__file__).resolve().parents[3] / "docs" / "websocket.md").read_text()


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Walk through every object of the document."""
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value:
        if isinstance(one, dict | list):
            yield from nodes(one)


def target(reference: str) -> Any:
    """Follow a reference."""
    node = DOCUMENT
    for name in reference.removeprefix("#/").split("/"):
        node = node[name]
    return node


def table(heading: str) -> list[list[str]]:
    """Read the rows of the first table below a heading of the page."""
    lines = PAGE.partition(f"## {heading}\n")[2].splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def code_in(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


async def test_the_document_is_served(app: App) -> None:
    answer = await call(app, "GET", "/asyncapi.json/")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == DOCUMENT


def test_it_says_where_the_feeds_listen() -> None:
    server: Any = document("0.1.0", "[::1]:7")["servers"]
    assert (server["feed"]["protocol"], server["feed"]["host"]) == ("ws", "[::1]:7")


def test_every_reference_leads_somewhere_and_stands_alone() -> None:
    references = [node for node in nodes(DOCUMENT) if "$ref" in node]
    assert references
    for node in references:
        # Draft 07 leaves out what stands beside a reference.
        assert list(node) == ["$ref"]
        assert isinstance(target(node["$ref"]), dict)


def test_there_is_no_word_that_draft_07_does_not_know() -> None:
    words = {word for node in nodes(DOCUMENT["components"]) for word in node}
    assert not words & {"prefixItems", "discriminator", "$defs", "unevaluatedProperties"}
    level = DOCUMENT["components"]["schemas"]["TopData"]["properties"]["bids"]["items"]
    assert (len(level["items"]), level["additionalItems"]) == (2, False)


def test_nothing_is_described_that_no_channel_has() -> None:
    used = {node["$ref"] for node in nodes(DOCUMENT) if "$ref" in node}
    for kind in ("messages", "parameters", "correlationIds", "schemas"):
        for name in DOCUMENT["components"][kind]:
            assert f"#/components/{kind}/{name}" in used


def test_what_stands_in_braces_is_described() -> None:
    for channel in DOCUMENT["channels"].values():
        names = re.findall(r"{(\w+)}", channel["address"])
        assert list(channel.get("parameters", {})) == names
    assert set(DOCUMENT["components"]["parameters"]) == set(PARAMETERS)


def test_an_operation_has_only_messages_of_its_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        reply = operation.get("reply")
        for part in (operation, reply) if reply else (operation,):
            inside = part["channel"]["$ref"] + "/messages/"
            assert part["messages"]
            for message in part["messages"]:
                assert message["$ref"].startswith(inside)


@pytest.mark.parametrize("key", list(DOCUMENT["components"]["messages"]))
def test_examples_are_what_their_schemas_say(key: str) -> None:
    conversation = Conversation()
    examples = [one["payload"] for one in DOCUMENT["components"]["messages"][key]["examples"]]
    assert examples
    for example in examples:
        if "method" in example:
            our_description().check_request(example)
        elif "stream" in example:
            assert our_description().check_stream(example) == key
        else:
            for method in METHODS:
                conversation.sent(json.dumps({"method": method.name, "id": example["id"]}))
            conversation.received(json.dumps(example))


def test_the_example_of_a_book_has_the_checksums_of_its_books() -> None:
    snapshot, delta = [
        one["payload"]["data"] for one in DOCUMENT["components"]["messages"]["depth"]["examples"]
    ]
    assert snapshot["checksum"] == zlib.crc32(b"100.00:10,99.95:3|100.10:7")
    assert delta["checksum"] == zlib.crc32(b"100.00:10|100.05:2,100.10:7")


def test_one_thing_has_one_face() -> None:
    assert (market_data.TradeData, market_data.TickerData) == (answers.Trade, answers.Ticker)
    candle = answers.Candle.__struct_fields__
    assert market_data.KlineData.__struct_fields__ == ("market", "interval", *candle, "closed")


def test_requests_about_orders_take_and_give_what_rest_does() -> None:
    by_call = {f"{one.method.upper()} {one.path}": one for one in OPERATIONS}
    described = [
        one for one in METHODS if "GET /api" in one.description or "fields of" in one.description
    ]
    assert len(described) == 9
    for method in described:
        operation = by_call[re.findall(r"`([A-Z]+ /[^`]+)`", method.description)[0]]
        assert method.parameters in (operation.body, operation.parameters)
        assert (method.result, method.example) == (operation.answer, operation.example)


def test_who_acts_may_be_left_out() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for name in ("PlaceOrderForm", "CancelAllForm", "OrderParameters", "BalancesParameters"):
        assert "user_id" not in schemas[name]["required"]
        assert "left out" in schemas[name]["properties"]["user_id"]["description"]
    assert schemas["SignInForm"]["required"] == ["user_id"]


def test_every_code_means_something() -> None:
    codes = DOCUMENT["components"]["schemas"]["ErrorBody"]["properties"]["code"]["enum"]
    assert set(codes) <= set(FAILURES) | set(PROBLEMS)
    assert set(codes) >= set(FAILURES)
    of_operations = {
        code for one in DOCUMENT["operations"].values() for code in one.get("x-error-codes", [])
    }
    assert of_operations == set(codes)
    described = DOCUMENT["components"]["messages"]["refused"]["description"]
    assert code_in(described)
    assert {code for code in code_in(described) if code.isupper()} == set(codes)


def test_the_page_lists_the_same_methods() -> None:
    named = [code_in(row[0])[0] for row in table("Requests")]
    assert named == [method.name for method in METHODS]


def test_the_page_lists_the_same_streams() -> None:
    names = [name for row in table("Public streams") for name in code_in(row[0])]
    whole = [name for name in names if not name.startswith("@")]
    whole += [f"depth5@M{pace}" for pace in names if pace.startswith("@")]
    seen = set()
    for name in [*whole, "orders", "fills", "balances"]:
        written = name.replace("@M", "@TATA_INR").replace("<interval>", "1m")
        keys = [
            channel.key
            for channel in CHANNELS
            if re.search(
                DOCUMENT["components"]["messages"][channel.key]["payload"]["properties"]["stream"][
                    "pattern"
                ],
                written,
            )
        ]
        assert len(keys) == 1, name
        seen.update(keys)
    assert seen == {channel.key for channel in CHANNELS}


def test_the_page_lists_the_same_errors_and_closings() -> None:
    listed = [code for row in table("Errors") for code in code_in(row[0])]
    assert listed == list(FAILURES)
    rows = table("Bounds and closings")
    codes = {code for row in rows for code in re.findall(r"\d{4}", row[0])}
    assert codes == {str(one.code) for one in CLOSINGS}
    reasons = {word for row in rows for word in code_in(row[1]) if word.isupper()}
    assert reasons == {one.reason for one in CLOSINGS if one.reason}


def examples_of_the_page() -> list[Any]:
    """Read the examples, with orders as they are in REST."""
    found = []
    for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL):
        rest = block.strip()
        while rest:
            content, end = json.JSONDecoder().raw_decode(rest)
            rest = rest[end:].strip()
            order = content.get("data", {}).get("order", {})
            if order.pop("…", None):
                content["data"]["order"] = {**ORDER, **order}
            found.append(content)
    return found


@pytest.mark.parametrize("example", examples_of_the_page(), ids=lambda one: str(one)[:40])
def test_the_examples_of_the_page_are_described(example: Any) -> None:
    description = our_description()
    if "stream" in example:
        description.check_stream(example)
    elif "method" in example:
        description.check_request(example)
    else:
        description.check_answer(example, "PLACE_ORDER" if "error" in example else "SUBSCRIBE")


def names_of(address: str) -> list[str]:
    """Write every name that an address makes, of one market."""
    values = {name: one.words or one.examples for name, one in PARAMETERS.items()}
    braces = re.findall(r"{(\w+)}", address)
    choices = itertools.product(*(values[name] for name in braces))
    return [address.format_map(dict(zip(braces, chosen, strict=True))) for chosen in choices]


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda one: one.key)
def test_the_feed_takes_every_name_that_is_described(channel: Channel) -> None:
    names = names_of(channel.address)
    assert len(names) == {"depthPaced": 2, "top": 3, "topPaced": 6, "kline": len(INTERVALS)}.get(
        channel.key, 1
    )
    for name in names:
        assert parse_stream(name).name == name
        matching = [key for key, one in our_description().streams.items() if one.search(name)]
        assert matching == [channel.key]


def test_every_kind_and_pace_of_the_feed_is_described() -> None:
    streams = [parse_stream(name) for channel in CHANNELS for name in names_of(channel.address)]
    assert {one.pace for one in streams} == set(PACES)
    assert {one.levels for one in streams} == {0, *TOP_LEVELS}
    assert {one.interval for one in streams} == {"", *INTERVALS}
    complete = {one.kind for one in streams if one.kind in COMPLETE_KINDS}
    assert complete == {one.key for one in CHANNELS if one.description.startswith("Complete")}


def test_every_method_of_the_feed_is_described() -> None:
    named = (SIGN_IN, SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, *ORDER_METHODS)
    assert named == tuple(method.name for method in METHODS)
