"""Commands as fields with names, markets and decimal text.

One description serves both ways out: it is the JSON, and the text for people is made from it.
"""

from typing import Final

from matcher.tools.catalog import Catalog
from matcher.tools.control_commands import CONTROL_TEXTS, describe_control_command
from matcher.tools.fields import Fields
from matcher.tools.money_commands import MONEY_TEXTS, MoneyCommand, describe_money_command
from matcher.tools.order_commands import ORDER_TEXTS, OrderCommand, describe_order_command
from proto.commands import Command

_TEXTS: Final = {**ORDER_TEXTS, **MONEY_TEXTS, **CONTROL_TEXTS}


def describe_command(command: Command, catalog: Catalog) -> Fields:
    """Describe a command; the first field, `command`, says which one it is."""
    if isinstance(command, OrderCommand):
        return describe_order_command(command, catalog)
    if isinstance(command, MoneyCommand):
        return describe_money_command(command, catalog)
    return describe_control_command(command, catalog)


def command_text(fields: Fields) -> str:
    """Write a described command in one line."""
    return _TEXTS[str(fields["command"])](fields)
