"""/sparql: the SPARQL 1.1 Protocol for queries."""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request, Response

from jalon.services.questions import Questions
from jalon.web.answers import answered
from jalon.web.connection import preflight_headers
from jalon.web.direct import DirectRoute
from jalon.web.requests import read_question

METHODS = "GET, HEAD, OPTIONS, POST"

Handler = Callable[[Request], Awaitable[Response]]


def add_sparql(app: FastAPI, questions: Questions, body_limit: int) -> None:
    """Adds /sparql, answering from ``questions``; bodies up to ``body_limit`` bytes."""
    said = tomllib.loads(files("jalon.web").joinpath("openapi.toml").read_text(encoding="utf-8"))
    get, post = ({**said[method], "responses": said["answers"]} for method in ("get", "post"))

    async def answer(request: Request) -> Response:
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
