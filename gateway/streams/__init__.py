"""Every stream and every method of the WebSocket, described once.

The AsyncAPI document and the page are made from this. What streams carry are the types in
`proto.api.streams`; what requests about orders take and give is what the calls in
`gateway.operations` do.
"""

from typing import Final

from gateway.streams.methods import METHODS
from gateway.streams.private import PRIVATE
from gateway.streams.public import PUBLIC

CHANNELS: Final = (*PUBLIC, *PRIVATE)

__all__ = ["CHANNELS", "METHODS"]
