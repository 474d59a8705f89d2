"""/sparql by the short way: what is asked most often does not go through the whole framework.

It answers what the route answers, refusals too, by the same functions. Any other method, and who
asks no query, is left to the framework.
"""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from jalon.errors import JalonError
from jalon.services.questions import Question, Questions
from jalon.store.port import Answer
from jalon.store.recent import Recent
from jalon.web.answers import answered, raw_headers
from jalon.web.problems import problem
from jalon.web.requests import question_of

PATH = "/sparql"
KEPT = 500
KEPT_BYTES = 4_000
"""So many questions that were read from so short query strings are kept."""


class Readings:
    """Reads questions; those that were read of late are kept."""

    def __init__(self) -> None:
        self._read: Recent[tuple[bytes, bytes], Question] = Recent(KEPT)

    def question(self, scope: Scope) -> Question:
        """The question of a GET; errors as ``question_of``."""
        accept = b""
        for name, value in scope["headers"]:
            if name == b"accept":
                accept = accept + b", " + value if accept else value
        key = (scope["query_string"], accept)
        question = self._read.get(key)
        if question is None:
            question = question_of(scope["query_string"], accept.decode("latin-1"))
            if len(key[0]) + len(accept) < KEPT_BYTES:
                self._read.put(key, question)
        return question


class HotSparql:
    """In front of the application: answers GET /sparql?query= itself."""

    def __init__(
        self, app: ASGIApp, framework: FastAPI, questions: Questions, readings: Readings
    ) -> None:
        self._app = app
        self._framework = framework
        self._questions = questions
        self._route = next(each for each in framework.routes if getattr(each, "path", "") == PATH)
        self._readings = readings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or hands over."""
        if (
            scope["type"] != "http"
            or scope["path"] != PATH
            or scope["method"] != "GET"
            or b"query=" not in scope["query_string"]
        ):
            await self._app(scope, receive, send)
            return
        scope["app"] = self._framework
        scope["route"] = self._route
        try:
            question = self._readings.question(scope)
            kept = None if _has_something(scope) else self._questions.kept(question)
            if kept is not None and kept.whole is not None:
                await self._send(kept, send)
                return
            if kept is not None:
                kept.close()
            request = Request(scope, receive)
            response = await answered(request, self._questions, question)
        except JalonError as error:
            response = problem(error, Request(scope, receive))
        await response(scope, receive, send)

    async def _send(self, answer: Answer, send: Send) -> None:
        """An answer that is whole and in memory."""
        with answer:
            whole = await answer.read()
            headers = raw_headers(answer.version, answer.format.content_type)
        headers.append((b"content-length", b"%d" % len(whole)))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": whole})


def _has_something(scope: Scope) -> bool:
    """Whether a client asks only for what it does not have yet."""
    return any(name == b"if-none-match" for name, _ in scope["headers"])
