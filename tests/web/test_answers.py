"""Answers as responses, where a server would get in the way of seeing it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message

from jalon.store.port import CSV_SOLUTIONS, Answer, Version
from jalon.web.answers import AnswerBroken, AnswerResponse


class Whole:
    """A body that is there."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        self.closed = False
        self.complete = True

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    @property
    def whole(self) -> bytes | None:
        return None

    async def chunks(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece

    async def finished(self) -> None:
        return

    def close(self) -> None:
        self.closed = True


async def _receive() -> Message:
    await asyncio.Event().wait()
    raise AssertionError("never")


def test_a_client_that_takes_nothing_is_given_up_and_its_answer_let_go_of() -> None:
    body = Whole([b"a" * 60_000] * 3)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        if len(sent) == 2:
            await asyncio.Event().wait()
        sent.append(message)

    response = AnswerResponse(Answer("solutions", CSV_SOLUTIONS, body, Version(1)), patience=0.01)
    scope = {"type": "http", "method": "GET"}
    with pytest.raises(AnswerBroken):
        asyncio.run(response(scope, _receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[1]["more_body"] is True
    assert body.closed
