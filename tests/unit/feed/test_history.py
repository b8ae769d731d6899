"""How questions travel to a database that cannot answer every one of them."""

import asyncio
import random
from collections.abc import Sequence
from functools import partial

import pytest

import feed.history
from feed.history import History
from feed.page import Page, Question
from feed.streams import TRADES
from proto.database import DatabaseAwayError
from tests.waiting import until

POISON = 7


class Fragile:
    """A database without trades, where a statement with one of the questions comes to nothing."""

    def __init__(self) -> None:
        self.together: list[int] = []

    async def rows(
        self, statement: str, markets: Sequence[str], marks: Sequence[int], since: Sequence[None]
    ) -> list[dict[str, object]]:
        await asyncio.sleep(0)
        self.together.append(len(marks))
        if POISON in marks:
            raise DatabaseAwayError("it takes too long")
        return [
            {"place": place, "last_number": 0, "trade_id": None}
            for place in range(1, len(marks) + 1)
        ]


async def test_who_gives_up_is_forgotten_also_while_there_is_no_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed.history, "_RETRY_S", 0.001)
    monkeypatch.setattr(feed.history, "_RETRY_MAX_S", 0.001)
    database = Fragile()
    history = History(database, random.Random(1))  # type: ignore[arg-type]
    question = Question(TRADES, "TATA_INR", POISON)
    wanted = [True] * 1_000
    for number in range(len(wanted)):
        history.ask(
            question, lambda page: True, lambda page: None, partial(wanted.__getitem__, number)
        )
    wanted[1:] = [False] * (len(wanted) - 1)
    task = asyncio.create_task(history.run())
    try:
        await until(lambda: len(database.together) > 3)
        assert len(history._asked[question].askers) == 1
        wanted[0] = False
        await until(lambda: not history._asked)
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_question_without_an_answer_does_not_keep_the_others_from_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed.history, "_RETRY_S", 0.001)
    monkeypatch.setattr(feed.history, "_RETRY_MAX_S", 0.001)
    database = Fragile()
    history = History(database, random.Random(1))  # type: ignore[arg-type]
    answered: set[int] = set()

    def ask(mark: int) -> None:
        def then(page: Page) -> None:
            answered.add(mark)

        history.ask(Question(TRADES, "TATA_INR", mark), lambda page: True, then, lambda: True)

    for mark in range(40):
        ask(mark)
    task = asyncio.create_task(history.run())
    try:
        await until(lambda: len(answered) == 39)
        assert POISON not in answered
        # Those that come later travel together again.
        for mark in range(100, 300):
            ask(mark)
        await until(lambda: len(answered) == 239)
        assert max(database.together[len(database.together) // 2 :]) > 1
    finally:
        task.cancel()
        await asyncio.wait([task])
