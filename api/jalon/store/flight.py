"""An answer on its way: computed once, for everybody who asks for it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine

from jalon.errors import JalonError, NotReady, QueryFailed
from jalon.store.cache import Result
from jalon.store.port import Answer
from jalon.store.spool import Spool

GRACE_SECONDS = 0.25
"""A query that ends within this time may, though nobody waits for it any more: ending its process
would cost more."""


class Flight:
    """One answer that is being computed by ``work``.

    The work says when it has begun and when there is something to hand over; it goes on as long as
    somebody waits for it or reads it. ``abandoned`` is called when it is given up.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[Result] = self._loop.create_future()
        self._waiting: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None
        self._begun: float | None = None
        self._wanted = 0
        self._is_let_go = False
        self._abandoned: Callable[[], None] = _nothing

    def depart(
        self, work: Coroutine[object, object, None], abandoned: Callable[[], None]
    ) -> asyncio.Task[None]:
        """Begins the work."""
        self._abandoned = abandoned
        self._task = asyncio.create_task(self._fly(work))
        self._task.add_done_callback(self._landed)
        return self._task

    def begin(self) -> None:
        """A process works on it now."""
        self._begun = asyncio.get_running_loop().time()

    def hand_over(self, result: Result) -> None:
        """There is an answer, or the start of one; its body is let go of with the last reader."""
        if not self._ready.done():
            self._ready.set_result(result)
            self._wake()

    @property
    def handed_over(self) -> bool:
        """Whether anybody may have seen a part of the answer."""
        return self._ready.done()

    async def answer(self) -> Answer:
        """The answer, as soon as there is something of it; raises what became of the work."""
        self._wanted += 1
        try:
            if not self._ready.done():
                # One of its own, that may be cancelled: the answer goes on for the others.
                waiter: asyncio.Future[None] = self._loop.create_future()
                self._waiting.append(waiter)
                await waiter
            result = self._ready.result()
        except JalonError as error:
            self._leave()
            # Everybody gets an error of their own: raising one notes where it was raised.
            raise type(error)(**error.details) from error
        except BaseException:
            self._leave()
            raise
        return Answer(
            result.kind, result.format, _Reading(result.body, self._leave), result.version
        )

    async def _fly(self, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except JalonError as error:
            self._fail(error)
        except asyncio.CancelledError:
            self._fail(NotReady(variant="stopping"))
            raise
        except BaseException:
            self._fail(QueryFailed())
            raise

    def _fail(self, error: JalonError) -> None:
        if self._ready.done():
            self._ready.result().body.fail(error)
            return
        self._ready.set_exception(error)
        # Nobody may be left to take it.
        self._ready.exception()
        self._wake()

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    def _leave(self) -> None:
        self._wanted -= 1
        if self._wanted or self._task is None:
            return
        if self._task.done():
            self._let_go()
            return
        loop = asyncio.get_running_loop()
        over = loop.time() if self._begun is None else self._begun + GRACE_SECONDS
        loop.call_at(over, self._give_up)

    def _landed(self, task: asyncio.Task[None]) -> None:
        del task
        if self._wanted == 0:
            self._let_go()

    def _let_go(self) -> None:
        # The last reader may leave between the end of the work and the news of it: once is enough.
        if self._is_let_go:
            return
        self._is_let_go = True
        if self._ready.done() and self._ready.exception() is None:
            self._ready.result().body.let_go()

    def _give_up(self) -> None:
        if self._wanted == 0 and self._task is not None and not self._task.done():
            self._abandoned()
            self._task.cancel()


class _Reading:
    """A body that is read; who closes it reads it no more."""

    def __init__(self, body: Spool, closed: Callable[[], None]) -> None:
        self._body = body
        self._closed = closed

    @property
    def size(self) -> int:
        return self._body.size

    @property
    def complete(self) -> bool:
        return self._body.complete

    @property
    def whole(self) -> bytes | None:
        return self._body.whole

    def chunks(self) -> AsyncIterator[bytes]:
        return self._body.chunks()

    async def finished(self) -> None:
        await self._body.finished()

    def close(self) -> None:
        self._closed()


def kept_answer(result: Result) -> Answer:
    """An answer that is complete already."""
    return _answer(result, result.body.share().let_go)


def _answer(result: Result, closed: Callable[[], None]) -> Answer:
    return Answer(result.kind, result.format, _Reading(result.body, closed), result.version)


def _nothing() -> None:
    pass
