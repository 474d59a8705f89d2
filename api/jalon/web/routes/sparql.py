"""/sparql: the SPARQL 1.1 Protocol for queries."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from fastapi import FastAPI, Request, Response

from jalon.services.questions import Questions
from jalon.web.answers import answered
from jalon.web.connection import preflight_headers
from jalon.web.requests import read_question

METHODS = "GET, HEAD, OPTIONS, POST"


def add_sparql(app: FastAPI, questions: Questions, body_limit: int) -> None:
    """Adds /sparql, answering from ``questions``; bodies up to ``body_limit`` bytes."""
    said = tomllib.loads(files("jalon.web").joinpath("openapi.toml").read_text(encoding="utf-8"))
    get, post = ({**said[method], "responses": said["answers"]} for method in ("get", "post"))

    @app.get("/sparql", openapi_extra=get, response_class=Response)
    async def from_url(request: Request) -> Response:
        return await _answer(request, questions, body_limit)

    @app.head("/sparql", include_in_schema=False)
    async def without_body(request: Request) -> Response:
        return await _answer(request, questions, body_limit)

    @app.post("/sparql", openapi_extra=post, response_class=Response)
    async def from_body(request: Request) -> Response:
        return await _answer(request, questions, body_limit)

    @app.options("/sparql", include_in_schema=False)
    async def preflight() -> Response:
        return Response(status_code=204, headers=preflight_headers(METHODS))


async def _answer(request: Request, questions: Questions, body_limit: int) -> Response:
    return await answered(request, questions, await read_question(request, body_limit))
