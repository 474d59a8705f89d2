"""/sparql: the SPARQL 1.1 Protocol for queries, and the description of the service."""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request, Response

from jalon.errors import NotAcceptable
from jalon.services.documents import Wanted
from jalon.services.linked_data import ENDPOINT, LinkedData
from jalon.services.questions import Questions
from jalon.store.port import GRAPH_FORMATS
from jalon.web.addresses import address_of, root_of
from jalon.web.answers import READS, answered
from jalon.web.connection import preflight_headers
from jalon.web.direct import DirectRoute
from jalon.web.mementos import memento_headers, reading_of
from jalon.web.negotiation import choose_format
from jalon.web.representations import EXPOSED, Site, holds, sent
from jalon.web.requests import parameters_in, read_question, release_in

METHODS = "GET, HEAD, OPTIONS, POST"

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Describing:
    """Describes the service to who asks nothing of it; ``updates``: there is one for them."""

    linked_data: LinkedData
    site: Site
    updates: bool

    async def described(self, request: Request) -> Response:
        """The description in the format that a client prefers; 304 to who has it.

        Raises NotAcceptable, and as LinkedData.at.
        """
        chosen = choose_format(", ".join(request.headers.getlist("accept")), GRAPH_FORMATS)
        if chosen is None:
            raise NotAcceptable(available=", ".join(each.media_type for each in GRAPH_FORMATS))
        reading = await reading_of(request, self.linked_data)
        root = root_of(request, self.site.public_url)
        tag = self.site.tag(reading.as_of, ENDPOINT, chosen.name, root, str(self.updates))
        original = address_of(root, ENDPOINT)
        headers = {
            **EXPOSED,
            **memento_headers(reading.as_of, original),
            "ETag": tag,
            "Vary": "Accept",
        }
        if holds(request, tag):
            return Response(status_code=304, headers=headers)
        document = await reading.service(Wanted(chosen.name, root), updates=self.updates)
        return sent(request, document.body, chosen.content_type, headers)


def asks_nothing(request: Request) -> bool:
    """Whether a request is for the service itself, of the newest release or another."""
    if request.method not in READS:
        return False
    release, rest = release_in(parameters_in(bytes(request.scope["query_string"])))
    # Some clients put a second question mark behind an address that has one.
    return not rest and (release is None or release.isdecimal())


def add_sparql(app: FastAPI, questions: Questions, describing: Describing, body_limit: int) -> None:
    """Adds /sparql, answering from ``questions``; bodies up to ``body_limit`` bytes."""
    said = tomllib.loads(files("jalon.web").joinpath("openapi.toml").read_text(encoding="utf-8"))
    get, post = ({**said[method], "responses": said["answers"]} for method in ("get", "post"))

    async def answer(request: Request) -> Response:
        if asks_nothing(request):
            return await describing.described(request)
        return await answered(request, questions, await read_question(request, body_limit))

    async def preflight(_request: Request) -> Response:
        return Response(status_code=204, headers=preflight_headers(METHODS))

    def add(method: str, handler: Handler, described: dict[str, Any] | None = None) -> None:
        app.router.add_api_route(
            "/sparql",
            handler,
            methods=[method],
            openapi_extra=described,
            include_in_schema=described is not None,
            response_class=Response,
            route_class_override=DirectRoute,
        )

    add("GET", answer, get)
    add("HEAD", answer)
    add("POST", answer, post)
    add("OPTIONS", preflight)
