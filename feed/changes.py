"""Which things have changed since when, as far back as a bound allows.

Theory of operation
-------------------
Each thing that has changed is kept once, with the mark at which it last did, and the things are in
the order of these marks. So what changed after a mark is found by walking back from the end, and
costs what is found. Where more things have changed than the bound, the one that has been left alone
for longest is forgotten, and the floor rises to its mark: what somebody below the floor has missed
cannot be told any more.
"""

from collections import OrderedDict
from typing import Final, Generic, TypeVar, final

Item = TypeVar("Item")


@final
class Changes(Generic[Item]):
    """Things in the order in which they last changed.

    Attributes:
        floor: All that changed after this mark is here.
    """

    __slots__ = ("_items", "_items_max", "floor")

    def __init__(self, floor: int, items_max: int | None) -> None:
        """Begin with nothing changed.

        Args:
            floor: The mark that what follows comes after.
            items_max: Most things that are kept; None where there are never many.
        """
        self.floor = floor
        self._items_max: Final = items_max
        # An OrderedDict finds its oldest entry in O(1); a dict looks over all that were moved.
        self._items: Final[OrderedDict[Item, int]] = OrderedDict()

    def record(self, item: Item, mark: int) -> Item | None:
        """Take note that something has changed. O(1).

        Args:
            item: What has.
            mark: When: not below any mark so far.

        Returns:
            What had to be forgotten for it.
        """
        items = self._items
        items[item] = mark
        items.move_to_end(item)
        if self._items_max is None or len(items) <= self._items_max:
            return None
        forgotten, self.floor = items.popitem(last=False)
        return forgotten

    def since(self, mark: int) -> list[Item]:
        """Return what has changed after a mark, what changed last at the end. O(what is returned).

        Args:
            mark: Not below the floor.
        """
        assert mark >= self.floor
        changed: list[Item] = []
        for item, changed_at in reversed(self._items.items()):
            if changed_at <= mark:
                break
            changed.append(item)
        changed.reverse()
        return changed
