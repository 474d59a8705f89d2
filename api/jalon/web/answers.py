"""Answers to queries as HTTP responses, sent while they come; versions that a client has."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from fastapi import Request, Response
from starlette.types import Message, Receive, Scope, Send

from jalon.errors import JalonError
from jalon.services.questions import Question, Questions
from jalon.store.port import CHUNK_BYTES, Answer, Version
from jalon.web.connection import CLIENT_GONE, client_of, while_connected
from jalon.web.problems import OPEN
from jalon.web.representations import holds

STALL_SECONDS = 60.0
"""How long a client may take nothing of an answer before it is given up."""

RELEASE = "Jalon-Release"
"""The header that says which release an answer is of."""

READS = frozenset({"GET", "HEAD"})

_log = logging.getLogger(__name__)


class AnswerBroken(Exception):
    """A response has begun that will never be whole.

    Raised out of the application, so that the server closes the connection without the end of the
    body, and the client sees that something is missing.
    """


async def answered(request: Request, questions: Questions, question: Question) -> Response:
    """The response to a question over HTTP; 304 to a GET whose client has the answer already.

    Raises as Questions.answer. A client that goes away stops its query.
    """
    question = replace(question, client=client_of(request))
    if request.method in READS and "if-none-match" in request.headers:
        version = await questions.version(question)
        if version.tag is not None and holds(request, _quoted(version.tag)):
            response = Response(status_code=304)
            response.raw_headers = raw_headers(version)
            return response
    answer = await while_connected(request, _asked(request, questions, question))
    if answer is None:
        return Response(status_code=CLIENT_GONE)
    return AnswerResponse(answer, tagged=request.method in READS)


async def _asked(request: Request, questions: Questions, question: Question) -> Answer:
    answer = await questions.answer(question)
    # HTTP/1.0 has no way to say where a body ends whose length is not known.
    if request.scope["http_version"] == "1.0":
        try:
            await answer.finished()
        except BaseException:
            answer.close()
            raise
    return answer


class AnswerResponse(Response):
    """An answer as it comes; it is closed when it is sent, and when its client is gone.

    Its length is said where it is known. An answer that comes to nothing after it has begun, and a
    client that takes nothing of it for a minute, break the connection.
    """

    def __init__(
        self, answer: Answer, *, tagged: bool = True, patience: float = STALL_SECONDS
    ) -> None:
        # Not by the framework: it would set a length of its own.
        self.status_code, self.background, self.body = 200, None, b""
        self.raw_headers = raw_headers(answer.version, answer.format.content_type, tagged=tagged)
        self._answer = answer
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the headers, and to any method but HEAD the body."""
        with self._answer:
            if self._answer.complete:
                self.raw_headers.append((b"content-length", b"%d" % self._answer.size))
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            if scope["method"] == "HEAD":
                await send({"type": "http.response.body", "body": b""})
            elif self._answer.complete and self._answer.size <= CHUNK_BYTES:
                await send({"type": "http.response.body", "body": await self._answer.read()})
            elif self._answer.complete:
                await self._send_body(send)
            else:
                # The server says nothing to who sends to a client that has gone.
                await while_connected(Request(scope, receive), self._send_body(send))

    async def _send_body(self, send: Send) -> None:
        try:
            async for chunk in self._answer.chunks():
                body = {"type": "http.response.body", "body": chunk, "more_body": True}
                await self._send(send, body)
        except (JalonError, OSError) as error:
            _log.warning("an answer was broken off after it had begun: %s", error)
            raise AnswerBroken from error
        await self._send(send, {"type": "http.response.body", "body": b""})

    async def _send(self, send: Send, message: Message) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await send(message)
        except TimeoutError as error:
            _log.info("a client took nothing of its answer for %g seconds", self._patience)
            raise AnswerBroken from error


_SAID = [
    *((name.lower().encode(), value.encode()) for name, value in OPEN.items()),
    (b"access-control-expose-headers", f"ETag, {RELEASE}".encode("ascii")),
    # Kept, but asked for again each time: what changes is the content, not the hour.
    (b"cache-control", b"no-cache"),
    (b"vary", b"Accept"),
    (b"x-content-type-options", b"nosniff"),
]


def raw_headers(
    version: Version, content_type: str | None = None, *, tagged: bool = True
) -> list[tuple[bytes, bytes]]:
    """What is said of an answer, as it is sent: which release it is of, and what to ask with again.

    Not by the framework, which looks at each header once more.
    """
    headers = [*_SAID, (RELEASE.lower().encode("ascii"), b"%d" % version.release)]
    if content_type is not None:
        headers.append((b"content-type", content_type.encode("ascii")))
    return [*headers, *tag_header(version)] if tagged else headers


def tag_header(version: Version) -> list[tuple[bytes, bytes]]:
    """The tag of an answer as a header, where it has one."""
    return [] if version.tag is None else [(b"etag", _quoted(version.tag).encode("ascii"))]


def _quoted(tag: str) -> str:
    return f'"{tag}"'
