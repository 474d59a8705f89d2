"""Complete answers as HTTP responses."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from fastapi import Response
from starlette.types import Receive, Scope, Send

from jalon.store.port import MEMORY_BYTES, Answer
from jalon.web.problems import OPEN


class AnswerResponse(Response):
    """An answer with its length; it is closed when it is sent, and when its client is gone."""

    def __init__(self, answer: Answer) -> None:
        headers = {
            **OPEN,
            "Content-Length": str(answer.size),
            "Vary": "Accept",
            "X-Content-Type-Options": "nosniff",
        }
        super().__init__(headers=headers, media_type=answer.format.content_type)
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the headers, and to any method but HEAD the body."""
        del receive
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        # A client that has gone away is no error; there is nobody left to tell.
        with self._answer, suppress(OSError):
            await send(start)
            if scope["method"] != "HEAD":
                await self._send_body(send)
            await send({"type": "http.response.body", "body": b""})

    async def _send_body(self, send: Send) -> None:
        chunks = self._answer.chunks()
        on_disk = self._answer.size > MEMORY_BYTES
        while chunk := await asyncio.to_thread(next, chunks, b"") if on_disk else next(chunks, b""):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
