"""A transfer: what one reference moved, or is to move.

There is one of them for each reference ever seen, for ever, so it is small: a struct that the
garbage collector does not look at, replaced whole in the rare case that its status changes.
"""

from msgspec import Struct

from proto.codes import CONFIRMED, REQUESTED, WITHDRAWAL
from proto.ids import AssetId, UserId


class Transfer(Struct, frozen=True, gc=False):
    """A transfer as it stands.

    Attributes:
        user_id: Whose balance: who gives, where there are two.
        asset_id: Asset.
        amount: Smallest units; at least 1.
        kind: DEPOSIT, WITHDRAWAL, TRANSFER_OUT or FEES_COLLECTED.
        status: REQUESTED, CONFIRMED or DECLINED; one in a single step is CONFIRMED.
        to_user_id: Who gets a TRANSFER_OUT; 0 for the other kinds.
        in_two_steps: Whether it was requested first.
    """

    user_id: UserId
    asset_id: AssetId
    amount: int
    kind: int
    status: int = CONFIRMED
    to_user_id: int = 0
    in_two_steps: bool = False

    def repeats(self, first: "Transfer") -> bool:
        """Say whether this one, just asked for, is the same as an earlier one, however that ended.

        A deposit in one step is not the same as one in two: whoever sends the one may take it as
        done, when the other waits.
        """
        return (
            self.user_id == first.user_id
            and self.asset_id == first.asset_id
            and self.amount == first.amount
            and self.kind == first.kind
            and self.to_user_id == first.to_user_id
            and self.in_two_steps == first.in_two_steps
        )

    def holds(self) -> bool:
        """Say whether its amount is held: a withdrawal that waits to be settled."""
        return self.kind == WITHDRAWAL and self.status == REQUESTED
