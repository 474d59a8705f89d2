"""A document in the format that a client prefers, with the headers that linked data has."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace

from fastapi import Request, Response

import jalon
from jalon.errors import NotAcceptable
from jalon.services.documents import Document, Wanted
from jalon.services.history import AsOf
from jalon.store.port import GRAPH_FORMATS, ResultFormat
from jalon.web.addresses import address_of, encoded, iri_path, root_of
from jalon.web.mementos import RELEASE, memento_headers, query_of
from jalon.web.negotiation import choose_format
from jalon.web.problems import OPEN

SUFFIXES = {"turtle": "ttl", "jsonld": "jsonld", "ntriples": "nt", "rdfxml": "rdf"}
"""The suffix of each format that a document can be had in."""

EXPOSED = {
    **OPEN,
    "Access-Control-Expose-Headers": (
        f"Content-Location, ETag, {RELEASE}, Link, Location, Memento-Datetime"
    ),
    # Kept, but asked for again each time: what changes is the content, not the hour.
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}

Make = Callable[[str, Wanted], Awaitable[Document]]
"""Makes the document at a path, in a format, with links below a root."""


@dataclass(frozen=True, slots=True)
class Site:
    """What every document of a service shares: the pack that is served, and its address."""

    digest: str
    public_url: str | None = None

    def tag(self, as_of: AsOf, *parts: str) -> str:
        """The strong ETag of what these parts name; another for another release, pack or code.

        So it is for a release that was asked for by its number: its links name it.
        """
        pinned = "pinned" if as_of.asked else ""
        named = "\n".join((jalon.__version__, self.digest, as_of.identity, pinned, *parts))
        return f'"{hashlib.sha256(named.encode("utf-8")).hexdigest()[:32]}"'


@dataclass(frozen=True, slots=True)
class Asked:
    """A document as it was asked for: its path without suffix, its format, its address.

    ``query`` names the release, where one was asked for.
    """

    path: str
    format: ResultFormat
    root: str
    query: str = ""

    def address(self, result_format: ResultFormat) -> str:
        """Where the document is in one format."""
        return f"{address_of(self.root, self.path)}.{SUFFIXES[result_format.name]}{self.query}"


async def represented(request: Request, site: Site, as_of: AsOf, make: Make) -> Response:
    """The document at the path of a request as of a release, or 304 to who has it already.

    Raises NotAcceptable, and what ``make`` raises.
    """
    asked = replace(asked_of(request, site), query=query_of(as_of))
    tag = site.tag(as_of, asked.path, asked.format.name, asked.root)
    remembered = memento_headers(as_of, address_of(asked.root, iri_path(request)))
    headers = {
        **EXPOSED,
        **remembered,
        "Content-Location": asked.address(asked.format),
        "ETag": tag,
        "Vary": "Accept",
    }
    if holds(request, tag):
        return Response(status_code=304, headers=headers)
    document = await make(asked.path, Wanted(asked.format.name, asked.root, asked.query))
    permanent = [remembered["Link"]] if "Link" in remembered else []
    headers["Link"] = ", ".join([*_links(document, asked), *permanent])
    return sent(request, document.body, asked.format.content_type, headers)


def asked_of(request: Request, site: Site) -> Asked:
    """What is asked for: a suffix fixes the format, else Accept chooses it."""
    path, root = iri_path(request), root_of(request, site.public_url)
    stem, dot, suffix = path.rpartition(".")
    for known in GRAPH_FORMATS:
        if dot and suffix == SUFFIXES[known.name]:
            return Asked(stem, known, root)
    chosen = choose_format(", ".join(request.headers.getlist("accept")), GRAPH_FORMATS)
    if chosen is None:
        available = ", ".join(
            f"{each.media_type} (.{SUFFIXES[each.name]})" for each in GRAPH_FORMATS
        )
        raise NotAcceptable(available=available)
    return Asked(path, chosen, root)


def holds(request: Request, tag: str) -> bool:
    """Whether a client says that it has what this strong tag names (RFC 9110 §13.1.2)."""
    named = ", ".join(request.headers.getlist("if-none-match"))
    return tag in {each.strip().removeprefix("W/") for each in named.split(",")}


def sent(request: Request, body: bytes, content_type: str, headers: dict[str, str]) -> Response:
    """A body with its length; to HEAD without the body."""
    headers = {**headers, "Content-Length": str(len(body))}
    content = b"" if request.method == "HEAD" else body
    return Response(content, headers=headers, media_type=content_type)


def _links(document: Document, asked: Asked) -> Iterator[str]:
    """Links by which a machine finds its way (https://signposting.org/)."""
    about = encoded(document.about)
    yield f'<{about}>; rel="cite-as"'
    yield f'<{about}>; rel="describes"'
    for known in GRAPH_FORMATS:
        if known is not asked.format:
            yield f'<{asked.address(known)}>; rel="alternate"; type="{known.media_type}"'
    for relation, targets in (
        ("type", document.types),
        ("license", document.licenses),
        ("collection", document.collections),
    ):
        for target in targets:
            yield f'<{encoded(target)}>; rel="{relation}"'
