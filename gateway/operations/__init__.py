"""Every call, described once: the OpenAPI document and the page are made from this.

What a call takes and gives are the types in `proto.api.forms` and `proto.api.answers`; the problems
are codes of `proto.api.problems`.
"""

from typing import Final

from gateway.operations.market_data import MARKET_DATA
from gateway.operations.money import MONEY
from gateway.operations.operators import OPERATORS
from gateway.operations.orders import ORDERS
from gateway.operations.service import SERVICE

OPERATIONS: Final = (*ORDERS, *MONEY, *MARKET_DATA, *OPERATORS, *SERVICE)
