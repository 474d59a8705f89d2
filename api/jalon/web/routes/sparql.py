"""/sparql: the SPARQL 1.1 Protocol for queries."""

from __future__ import annotations

import asyncio
import tomllib
from importlib.resources import files

from fastapi import FastAPI, Request, Response

from jalon.services.questions import Question, Questions
from jalon.store.port import Answer
from jalon.web.answers import AnswerResponse
from jalon.web.problems import OPEN
from jalon.web.requests import read_question

METHODS = "GET, HEAD, OPTIONS, POST"
CLIENT_GONE = 499
PREFLIGHT = {
    **OPEN,
    "Allow": METHODS,
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type",
    "Access-Control-Max-Age": "86400",
}


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
        return Response(status_code=204, headers=PREFLIGHT)


async def _answer(request: Request, questions: Questions, body_limit: int) -> Response:
    question = await read_question(request, body_limit)
    answer = await _while_connected(request, questions, question)
    return Response(status_code=CLIENT_GONE) if answer is None else AnswerResponse(answer)


async def _while_connected(
    request: Request, questions: Questions, question: Question
) -> Answer | None:
    """The answer; None when the client went away first, which stops its query."""
    answering = asyncio.ensure_future(questions.answer(question))
    leaving = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return await answering if answering.done() else None
    finally:
        leaving.cancel()
        answering.cancel()
        await asyncio.gather(answering, leaving, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    """Returns when the client has gone; what else it sends is passed over."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
