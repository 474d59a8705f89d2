"""Linked data: every IRI of the pack has an address here, and a document at the end of it."""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable
from importlib.resources import files

from fastapi import FastAPI, Request, Response

from jalon.services.documents import CONTEXT, Document, Wanted
from jalon.services.linked_data import DOCUMENTS, THINGS, LinkedData, Reading
from jalon.web.addresses import address_of, iri_path, root_of
from jalon.web.connection import preflight_headers
from jalon.web.mementos import RELEASE, memento_headers, query_of, reading_of
from jalon.web.representations import EXPOSED, Site, holds, represented, sent

METHODS = "GET, HEAD, OPTIONS"
PREFLIGHT = {
    **preflight_headers(METHODS),
    "Access-Control-Allow-Headers": "Accept, Accept-Language, If-None-Match, Jalon-At-Least",
}
JSON_LD = "application/ld+json"

Handler = Callable[[Request], Awaitable[Response]]


def add_linked_data(app: FastAPI, linked_data: LinkedData, public_url: str | None) -> None:
    """Adds the addresses of things, documents, graphs, terms, shapes, context and dataset.

    ``public_url`` is what redirects and links start with, where that is not the request's host.
    """
    routes = _Routes(linked_data, Site(linked_data.publication.digest, public_url))
    said = tomllib.loads(files("jalon.web").joinpath("linked_data.toml").read_text("utf-8"))
    handlers: dict[str, Handler] = {
        "/id/": routes.thing,
        "/doc/": routes.document,
        "/graph/": routes.graph,
        "/def": routes.vocabulary,
        "/shapes": routes.vocabulary,
        "/.well-known/void": routes.dataset,
        "/context.jsonld": routes.context,
    }
    release = said.pop("release")
    for path, described in said.items():
        described["parameters"] = [*described.get("parameters", ()), release]
        handler = next(each for start, each in handlers.items() if path.startswith(start))
        place = path.replace("{path}", "{path:path}")
        app.add_api_route(place, handler, openapi_extra=described, response_class=Response)
        app.add_api_route(place, handler, methods=["HEAD"], include_in_schema=False)
        app.add_api_route(place, preflight, methods=["OPTIONS"], include_in_schema=False)


async def preflight() -> Response:
    """Any page may ask, and say which version it has."""
    return Response(status_code=204, headers=PREFLIGHT)


class _Routes:
    """The handlers, each for GET and HEAD."""

    def __init__(self, linked_data: LinkedData, site: Site) -> None:
        self._linked_data = linked_data
        self._site = site

    async def thing(self, request: Request) -> Response:
        path = iri_path(request)
        reading = await self._reading(request)
        await reading.find(path)
        return self._see_other(request, reading, DOCUMENTS + path.removeprefix(THINGS))

    async def document(self, request: Request) -> Response:
        reading = await self._reading(request)

        async def make(path: str, wanted: Wanted) -> Document:
            return await reading.thing(THINGS + path.removeprefix(DOCUMENTS), wanted)

        return await represented(request, self._site, reading.as_of, make)

    async def graph(self, request: Request) -> Response:
        reading = await self._reading(request)
        return await represented(request, self._site, reading.as_of, reading.graph)

    async def vocabulary(self, request: Request) -> Response:
        reading = await self._reading(request)
        home = await reading.home(iri_path(request))
        if home is not None:
            return self._see_other(request, reading, home)
        return await represented(request, self._site, reading.as_of, reading.vocabulary)

    async def dataset(self, request: Request) -> Response:
        reading = await self._reading(request)
        return await represented(request, self._site, reading.as_of, reading.dataset)

    async def context(self, request: Request) -> Response:
        reading = await self._reading(request)
        tag = self._site.tag(reading.as_of, CONTEXT)
        original = address_of(root_of(request, self._site.public_url), CONTEXT)
        headers = {**EXPOSED, **memento_headers(reading.as_of, original), "ETag": tag}
        if holds(request, tag):
            return Response(status_code=304, headers=headers)
        return sent(request, await reading.context(), JSON_LD, headers)

    async def _reading(self, request: Request) -> Reading:
        return await reading_of(request, self._linked_data)

    def _see_other(self, request: Request, reading: Reading, path: str) -> Response:
        """A thing is no document: what describes it is elsewhere (https://www.w3.org/TR/cooluris/)."""
        root = root_of(request, self._site.public_url)
        location = address_of(root, path) + query_of(reading.as_of)
        headers = {
            **EXPOSED,
            RELEASE: str(reading.as_of.number),
            "Location": location,
            "Link": f'<{location}>; rel="describedby"',
        }
        return Response(status_code=303, headers=headers)
