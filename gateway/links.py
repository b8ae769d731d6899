"""The way to the next page of a list: a Link header, as RFC 8288 says."""

from urllib.parse import urlencode

from gateway.request import GatewayRequest


def next_page(req: GatewayRequest, before: str) -> str:
    """Return the Link header of the page after this one.

    Args:
        req: The request for this page.
        before: Identifier of the last row of this page.
    """
    parameters = {**req.params, "before": before}
    return f'<{req.path}?{urlencode(parameters)}>; rel="next"'
