"""Answers of an engine that mirrors the newest release: of exactly that release, or none.

A query is read and checked by a query process of ours first. What the engine cannot be asked, or
gives no sure answer to, is answered by the embedded index, which has every release.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import ClientResponse

from jalon.account import note
from jalon.errors import NotReady, QueryTooLarge, ServiceBusy
from jalon.store.cache import Result
from jalon.store.errand import Errand
from jalon.store.evaluation import readable
from jalon.store.outcome import format_of, timed_out
from jalon.store.port import MEGABYTE, Dataset, Kind, QueryRequest, ResultFormat
from jalon.store.process import OutputTooLarge
from jalon.store.remote.deltas import point_of
from jalon.store.remote.dialects import Dialect
from jalon.store.remote.mirror import Mirror
from jalon.store.remote.protocol import EngineLost
from jalon.store.snapshot import Snapshot
from jalon.store.spool import Spool, SpoolsFull
from jalon.store.tokens import tokens
from jalon.store.turns import RETRY_SECONDS

AT_ONCE = 32
"""How many queries the engine is asked at once; more wait."""

WAIT_SECONDS = 2.0
"""How long a query waits for the engine to come to its release."""

UNREADABLE = frozenset({"csv", "tsv"})
"""Formats in which booleans are written otherwise by each engine: no recommendation says how."""

NOTHING = Dataset(default=(), named=())

_log = logging.getLogger(__name__)


class NoSureAnswer(Exception):
    """The engine does not answer this, or it is not sure that the answer is right; says why."""


@dataclass(frozen=True, slots=True)
class RemoteAnswers:
    """One engine, asked through its mirror.

    Where ``fallback`` is false, nothing is answered by the embedded index because the engine is
    away or behind: that is NotReady.
    """

    mirror: Mirror
    fallback: bool = True
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def takes(self, request: QueryRequest) -> bool:
        """Whether the engine can be asked: of what is shown and entailed, and every named graph."""
        return request.dataset == Dataset()

    async def result(
        self, errand: Errand, snapshot: Snapshot, kind_of: Callable[[], Awaitable[Kind]]
    ) -> Result | None:
        """The engine's answer; None where the embedded index is to be asked.

        Raises what ``kind_of`` raises for a query that is not to be answered at all, QueryTimeout,
        QueryTooLarge, ServiceBusy, and NotReady.
        """
        kind = await kind_of()
        try:
            return await self._asked(errand, snapshot, kind)
        except EngineLost as lost:
            self.mirror.doubt()
            if not self.fallback:
                raise NotReady(variant="engine", reason=str(lost)) from lost
            _log.warning("answered without the engine: %s", lost)
        except NoSureAnswer as reason:
            _log.debug("answered without the engine: %s", reason)
        return None

    async def _asked(self, errand: Errand, snapshot: Snapshot, kind: Kind) -> Result:
        point = point_of(snapshot.stamp)
        if not await self.mirror.reached(point, WAIT_SECONDS):
            raise EngineLost(self.mirror.obstacle or f"it is not at release {point.number}")
        dialect = await self.mirror.engine.meet()
        wanted = format_of(kind, errand.request)
        if kind == "boolean" and wanted.name in UNREADABLE:
            raise NoSureAnswer("a boolean in a format that has none")
        _refuse_what_it_answers_otherwise(errand.request.text, wanted, dialect)
        body = await self._read(errand, snapshot, wanted.media_type)
        stamp, within = await self.mirror.stamp()
        if stamp != point or within:
            body.let_go()
            if stamp is None or stamp.number < point.number:
                raise EngineLost(f"it is not at release {point.number} any more")
            raise NoSureAnswer("it moved on meanwhile")
        body.finish()
        note("lane", "engine")
        result = Result(kind, wanted, body, errand.version)
        errand.flight.hand_over(result)
        return result

    async def _read(self, errand: Errand, snapshot: Snapshot, media_type: str) -> Spool:
        """The whole body of the engine's answer, within the limits of the query."""
        request = errand.request
        text = f"BASE <{snapshot.stamp.base}>\n{readable(request.text)}"
        body = Spool(errand.folder, request.limits.answer_bytes)
        errand.flight.begin()
        try:
            async with (
                self._turns,
                asyncio.timeout(request.limits.seconds),
                self.mirror.engine.asking(text, media_type, request.limits) as answer,
            ):
                self._check(answer, media_type)
                async for piece in _mended(answer.content.iter_any(), self.mirror.engine.dialect):
                    await body.add(piece)
        except TimeoutError as error:
            body.let_go()
            raise timed_out(request.limits) from error
        except OutputTooLarge as error:
            body.let_go()
            raise QueryTooLarge(
                variant="answer", limit=request.limits.answer_bytes // MEGABYTE
            ) from error
        except SpoolsFull as error:
            body.let_go()
            raise ServiceBusy(seconds=RETRY_SECONDS) from error
        except BaseException:
            body.let_go()
            raise
        return body

    def _check(self, answer: ClientResponse, media_type: str) -> None:
        """Raises NoSureAnswer unless this is an answer, all of it, in the format that was asked."""
        if answer.status != HTTPStatus.OK:
            raise NoSureAnswer(f"status {answer.status}")
        if not answer.headers.get("content-type", "").startswith(media_type):
            raise NoSureAnswer(f"it is {answer.headers.get('content-type')}")
        if (name := self.mirror.engine.dialect.cut_by(answer.headers)) is not None:
            raise NoSureAnswer(f"cut short: {name}")


def _refuse_what_it_answers_otherwise(text: str, wanted: ResultFormat, dialect: Dialect) -> None:
    """Raises NoSureAnswer for a query that an engine of this dialect is known to get wrong."""
    if wanted.name in dialect.lacks:
        raise NoSureAnswer(f"it does not write {wanted.name} as is recommended")
    if dialect.describes and dialect.names_graphs:
        return
    words = {token.text.upper() for token in tokens(text) if token.kind == "word"}
    if "DESCRIBE" in words and not dialect.describes:
        raise NoSureAnswer("it describes things otherwise")
    if "GRAPH" in words and not dialect.names_graphs:
        raise NoSureAnswer("it does not find named graphs beside a default one")


async def _mended(pieces: AsyncIterator[bytes], dialect: Dialect) -> AsyncIterator[bytes]:
    """An answer with what the engine writes otherwise put right, in pieces."""
    if dialect.mended is None:
        async for piece in pieces:
            yield piece
        return
    wrong, right = dialect.mended
    rest = b""
    async for piece in pieces:
        text = (rest + piece).replace(wrong, right)
        # What is to be put right may begin in one piece and end in the next.
        keep = min(len(text), len(wrong) - 1)
        yield text[: len(text) - keep]
        rest = text[len(text) - keep :]
    yield rest
