"""Which release an answer is of, said in its headers, and where it stays (RFC 7089)."""

from __future__ import annotations

from email.utils import format_datetime

from fastapi import Request

from jalon.services.history import AsOf
from jalon.services.linked_data import LinkedData, Reading
from jalon.web.requests import parameters_in, release_in

RELEASE = "Jalon-Release"
"""The header that says which release an answer is of."""


async def reading_of(request: Request, linked_data: LinkedData) -> Reading:
    """The linked data of the release that a request asks for; errors as LinkedData.at."""
    written, _ = release_in(parameters_in(bytes(request.scope["query_string"])))
    return await linked_data.at(written)


def query_of(as_of: AsOf) -> str:
    """What an address ends with that stays with the release that was asked for; else nothing."""
    return f"?{parameter_of(as_of)}" if as_of.asked else ""


def parameter_of(as_of: AsOf) -> str:
    """How an address names a release."""
    return f"release={as_of.number}"


def memento_headers(as_of: AsOf, original: str) -> dict[str, str]:
    """The release of a document, the address at which it stays as it is, and when it was made.

    ``original`` is the address of the document without a release, fit for a header.
    """
    headers = {RELEASE: str(as_of.number)}
    if as_of.time is None:
        return headers
    made = format_datetime(as_of.time, usegmt=True)
    mark = "&" if "?" in original else "?"
    permalink = f'<{original}{mark}{parameter_of(as_of)}>; rel="memento"; datetime="{made}"'
    if not as_of.asked:
        return {**headers, "Link": permalink}
    return {
        **headers,
        "Memento-Datetime": made,
        "Link": f'<{original}>; rel="original", {permalink}',
    }
