"""How a method of a client presents itself, which was made from a description of what it does."""

import inspect
from collections.abc import Callable
from types import GenericAlias
from typing import get_args


def present(
    method: Callable[..., object],
    described: Callable[..., object],
    container: type | None = None,
) -> None:
    """Give a method the name, the words and the parameters of what it was made from.

    Args:
        method: The method.
        described: A method of `Requests` or `Streams`, which returns a `Call` or a `StreamPlan`.
        container: What the method returns the content of that in; None for the content itself.
    """
    signature = inspect.signature(described)
    (content,) = get_args(signature.return_annotation)
    returned = content if container is None else GenericAlias(container, content)
    method.__name__ = described.__name__
    method.__doc__ = described.__doc__
    vars(method)["__signature__"] = signature.replace(return_annotation=returned)
