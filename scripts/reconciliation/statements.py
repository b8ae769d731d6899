"""Whether statements add up: every change of a balance, from the first on, leads to the balance.

Each change must begin where the one before has left the total, and the last one must end at what
the engine has. So a change that was never told of, or told with a wrong amount, is found.
"""

from collections.abc import Iterable
from typing import Final, final

from matcher.core.engine import Engine
from proto.codec import decode_reply
from proto.events import BalanceChange
from proto.queries import BalancesQuery
from proto.replies import BalancesReply
from scripts.load.audits import FINDINGS_MAX, Audit, conclude


@final
class Statements:
    """The balances of all users, as the changes make them."""

    def __init__(self, engine: Engine) -> None:
        """Begin with the balances of an engine. Complexity: O(balances)."""
        self._totals: Final = _totals(engine)
        self._changes = 0
        self._findings: Final[list[str]] = []

    def add(self, changes: Iterable[BalanceChange]) -> None:
        """Take the changes of one command, in order."""
        for change in changes:
            key = (change.user_id, change.asset_id)
            total = self._totals.get(key, 0) + change.change_amount
            self._changes += 1
            if total != change.total_amount:
                self._note(
                    f"sequence {change.sequence:,}, user {change.user_id}, asset "
                    f"{change.asset_id}: the changes make {total}, it says {change.total_amount}"
                )
            self._totals[key] = change.total_amount

    def audit(self, engine: Engine) -> Audit:
        """Compare with the balances of the engine that has made the changes."""
        theirs = _totals(engine)
        for key in sorted(self._totals.keys() | theirs.keys()):
            ours, total = self._totals.get(key, 0), theirs.get(key, 0)
            if ours != total:
                user_id, asset_id = key
                self._note(
                    f"user {user_id}, asset {asset_id}: the changes make {ours}, the balance is "
                    f"{total}"
                )
        detail = f"{self._changes:,} changes lead to {len(theirs):,} balances"
        return conclude("statements add up", detail, self._findings)

    def _note(self, finding: str) -> None:
        # One more than is shown, so that it is said that there are more.
        if len(self._findings) <= FINDINGS_MAX:
            self._findings.append(finding)


def _totals(engine: Engine) -> dict[tuple[int, int], int]:
    totals = {}
    for user_id in engine.user_ids():
        reply = decode_reply(engine.answer(BalancesQuery(0, user_id), engine.timestamp_ns))
        assert isinstance(reply, BalancesReply)
        for balance in reply.balances:
            totals[user_id, int(balance.asset_id)] = balance.total_amount
    return totals
