"""What the clients of the mesh bench send, and how they count: by values."""

import os
import time

import pytest

from matcher.core.engine import Engine
from proto.codec import decode_command_frame, decode_reply, encode
from proto.commands import CancelOrder, Command, DefineAsset, DefineMarket, PlaceOrder
from proto.frames import CommandFrame
from proto.markets import read_markets
from proto.queries import OpenOrdersQuery
from proto.replies import OpenOrdersReply, Rejected, Reply
from scripts.benches.mesh_client import messages_in
from scripts.benches.mesh_flow import CLIENTS, MeshFlow
from scripts.benches.processor_time import processor_time
from scripts.benches.workload import ROOT, applied

COMMANDS = 700


def founded(flows: list[MeshFlow]) -> Engine:
    engine = Engine(0)
    assets, markets = read_markets(ROOT / "markets.toml")
    definitions: list[Command] = [*(DefineAsset(0, asset) for asset in assets)]
    definitions += [DefineMarket(0, market) for market in markets]
    for command in [*definitions, *(money for flow in flows for money in flow.deposits())]:
        assert not isinstance(applied(engine, command, 1), Rejected)
    return engine


def sent(flow: MeshFlow, round_number: int) -> list[Command]:
    frames = flow.frames(20, round_number)
    return [command for frame in frames for command in decode_command_frame(frame).commands]


def told(engine: Engine, commands: list[Command]) -> list[Reply]:
    return [applied(engine, command, 2) for command in commands]


def test_what_one_client_is_told_does_not_depend_on_the_other() -> None:
    flows = [MeshFlow(number, COMMANDS) for number in range(CLIENTS)]
    alone = [told(founded([flow]), sent(flow, 1)) for flow in flows]
    both = founded(flows)
    mixed: list[list[Reply]] = [[], []]
    for commands in zip(*(sent(flow, 1) for flow in flows), strict=True):
        for number, command in enumerate(commands):
            mixed[number].append(applied(both, command, 2))
    refusals = [[isinstance(reply, Rejected) for reply in replies] for replies in (*alone, *mixed)]
    assert refusals[:CLIENTS] == refusals[CLIENTS:]
    assert sum(map(sum, refusals)) < 0.2 * len(refusals) * COMMANDS


def test_each_round_is_new_orders_on_empty_books() -> None:
    flow = MeshFlow(0, COMMANDS)
    engine = founded([flow])
    first, second = sent(flow, 1), sent(flow, 2)
    assert [type(command) for command in first] == [type(command) for command in second]
    names = [
        {command.client_order_id for command in commands if isinstance(command, PlaceOrder)}
        for commands in (first, second)
    ]
    assert not names[0] & names[1]
    outcomes = []
    for commands in (first, second):
        outcomes.append([isinstance(reply, Rejected) for reply in told(engine, commands)])
        told(engine, flow.clearing())
        for user_id in range(1, 11):
            open_orders = decode_reply(engine.answer(OpenOrdersQuery(0, user_id, 0), 2))
            assert isinstance(open_orders, OpenOrdersReply)
            assert open_orders.orders == []
    assert outcomes[0] == outcomes[1]


def test_a_frame_has_as_many_commands_as_it_should() -> None:
    frames = MeshFlow(1, 50).frames(20, 7)
    assert [len(decode_command_frame(frame).commands) for frame in frames] == [20, 20, 10]


@pytest.mark.parametrize("count", [1, 15, 16, 300, 512])
def test_messages_in_a_frame_are_counted(count: int) -> None:
    assert messages_in(encode(CommandFrame([CancelOrder(1, 0, 1, 1, 1, "")] * count))) == count


def test_processor_time_is_of_the_thread_that_used_it() -> None:
    before = processor_time(os.getpid())
    end_ns = time.thread_time_ns() + 20_000_000
    while time.thread_time_ns() < end_ns:
        pass
    used = processor_time(os.getpid()).since(before)
    assert used.main_ns >= 15_000_000
    assert used.total_ns == used.main_ns + used.zeromq_ns + used.other_ns
