"""Gets pages of the complete streams from the database, for those who have to catch up.

Theory of operation
-------------------
Whoever wants the same page shares the question, and a page is kept for a moment: a thousand readers
who fall behind at one mark cost one. Questions of one kind that are due together travel together.
So what a restart of the matcher asks of the database for thousands of users is a few statements.

    asked --> ready --> being read --> answered
                ^            |
                +-- a while --+  where the page is of no use yet: the database lags

A statement that fails is put again in smaller parts, so that one question that the database cannot
answer in time does not keep the others from theirs.

A question is put again with growing pauses, for as long as anybody wants the answer. Where the
database is away all of them wait, and it is tried again with growing pauses. Nothing here is ever
in a hurry: those who are live do not need it.

The queue is bounded by its askers: each reader has at most one question for each stream.
"""

import asyncio
import random
from collections.abc import Callable
from itertools import groupby
from typing import Final, NamedTuple, final

from feed.page import Page, Question
from feed.stored_pages import KINDS, Row, Since, StoredPage
from proto.backoff import Backoff
from proto.database import Database, DatabaseError

CONNECTIONS_MAX: Final = 2
# Questions that travel together at most. Each brings a page at most.
_QUESTIONS_MAX: Final = 50
_RETRY_S: Final = 0.05
_RETRY_MAX_S: Final = 1.0
# How long a page is kept for others, and how many are; a page is up to 60 KB.
_KEPT_S: Final = 1.0
_KEPT_MAX: Final = 200
# Times at which pages ended, for whoever goes on from there.
_TIMES_MAX: Final = 1_000


class _Asker(NamedTuple):
    is_enough: Callable[[Page], bool]
    then: Callable[[Page], None]
    wanted: Callable[[], bool]


@final
class _Asked:
    """A question that is not answered yet.

    Attributes:
        askers: Who wants to know.
        backoff: The pauses between attempts.
    """

    __slots__ = ("askers", "backoff")

    def __init__(self, backoff: Backoff) -> None:
        self.askers: list[_Asker] = []
        self.backoff: Final = backoff


@final
class History:
    """The history, as far as the feed reads it."""

    def __init__(self, database: Database, jitter: random.Random) -> None:
        """Read a database.

        Args:
            database: With CONNECTIONS_MAX; started and closed by its owner.
            jitter: Spreads retries.
        """
        self._database: Final = database
        self._jitter: Final = jitter
        self._asked: Final[dict[Question, _Asked]] = {}
        # Those that are to be put now, by kind; the kind whose turn it is comes first.
        self._ready: Final[dict[str, dict[Question, None]]] = {kind: {} for kind in KINDS}
        self._kept: Final[dict[Question, Page]] = {}
        self._times: Final[dict[Question, Since]] = {}
        self._wake: Final = asyncio.Event()
        # How many questions travel together.
        self._together = _QUESTIONS_MAX

    def ask(
        self,
        question: Question,
        is_enough: Callable[[Page], bool],
        then: Callable[[Page], None],
        wanted: Callable[[], bool],
    ) -> None:
        """Ask for a page; see `feed.page.Pages`."""
        asker = _Asker(is_enough, then, wanted)
        kept = self._kept.get(question)
        if kept is not None and is_enough(kept):
            asyncio.get_running_loop().call_soon(_answer, asker, kept)
            return
        asked = self._asked.get(question)
        if asked is None:
            asked = self._asked[question] = _Asked(self._backoff())
            self._put(question)
        asked.askers.append(asker)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(CONNECTIONS_MAX):
                tasks.create_task(self._work(), name=f"history {number}")

    async def _work(self) -> None:
        backoff = self._backoff()
        while True:
            questions = self._take()
            if not questions:
                self._wake.clear()
                await self._wake.wait()
                continue
            try:
                await self._read(questions)
            except DatabaseError:
                # The log has it: the database's own state says when it is away, and back.
                for question in questions:
                    asked = self._asked[question]
                    asked.askers = [asker for asker in asked.askers if asker.wanted()]
                    self._put(question)
                self._together = max(1, len(questions) // 2)
                await asyncio.sleep(backoff.next_s())
            else:
                self._together = min(_QUESTIONS_MAX, self._together * 2)
                backoff.reset()

    async def _read(self, questions: list[Question]) -> None:
        """Put questions of one kind, and hand over what there is."""
        kind = KINDS[questions[0].kind]
        since = [self._times.get(question) for question in questions]
        rows = await self._database.rows(kind.statement, *kind.arguments(questions, since))
        for place, rows_of_one in groupby(rows, key=_place):
            question = questions[place - 1]
            self._settle(question, kind.page(question, list(rows_of_one)))
            # A page takes a few milliseconds to write; the others have their turn in between.
            await asyncio.sleep(0)

    def _take(self) -> list[Question]:
        """Take ready questions of one kind to which somebody still wants the answer."""
        for kind, ready in list(self._ready.items()):
            questions: list[Question] = []
            while ready and len(questions) < self._together:
                question = next(iter(ready))
                del ready[question]
                if any(asker.wanted() for asker in self._asked[question].askers):
                    questions.append(question)
                else:
                    del self._asked[question]
            if questions:
                # The other kinds come first next time.
                self._ready[kind] = self._ready.pop(kind)
                return questions
        return []

    def _settle(self, question: Question, stored: StoredPage) -> None:
        """Hand a page to those whom it is of use to; the others go on waiting."""
        page = stored.page
        asked = self._asked[question]
        answered: list[_Asker] = []
        waiting: list[_Asker] = []
        for asker in asked.askers:
            if asker.wanted():
                (answered if asker.is_enough(page) else waiting).append(asker)
        if answered:
            self._keep(question, stored)
        if waiting:
            asked.askers = waiting
            loop = asyncio.get_running_loop()
            loop.call_later(asked.backoff.next_s(), self._put_again, question)
        else:
            del self._asked[question]
        for asker in answered:
            _answer(asker, page)

    def _put(self, question: Question) -> None:
        self._ready[question.kind][question] = None
        self._wake.set()

    def _put_again(self, question: Question) -> None:
        if question in self._asked:
            self._put(question)

    def _keep(self, question: Question, stored: StoredPage) -> None:
        page = stored.page
        if len(self._kept) >= _KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        self._kept[question] = page
        asyncio.get_running_loop().call_later(_KEPT_S, self._forget, question, page)
        if stored.since is not None:
            if len(self._times) >= _TIMES_MAX:
                del self._times[next(iter(self._times))]
            self._times[Question(question.kind, question.subject, page.mark)] = stored.since

    def _forget(self, question: Question, page: Page) -> None:
        if self._kept.get(question) is page:
            del self._kept[question]

    def _backoff(self) -> Backoff:
        return Backoff(_RETRY_S, _RETRY_MAX_S, self._jitter)


def _place(row: Row) -> int:
    place: int = row["place"]
    return place


def _answer(asker: _Asker, page: Page) -> None:
    if asker.wanted():
        asker.then(page)
