"""Work on what came from outside, done by a process that is kept: handed over, and taken back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jalon.errors import JalonError, ValidationFailed
from jalon.store.frames import CHUNK, END, HEADER
from jalon.store.hand import Hand, HandLost
from jalon.store.port import Limits
from jalon.store.process import End, OutputTooLarge, Spooled
from jalon.store.stands import JobLost, Trade
from jalon.store.workshop import Workshop
from jalon.validation.port import EngineName
from jalon.validation.worker import Terms, growth_of

WORKER = "jalon.validation.worker"


@dataclass(frozen=True, slots=True)
class Work:
    """What a process is asked to do: a job, which is written as JSON, and documents after it.

    Up to ``most_bytes`` may come back; what is large is kept in ``folder`` meanwhile. ``check``
    raises what the end of the process means; ``too_large`` is raised where more comes back.
    """

    trade: Trade
    job: Mapping[str, Any]
    documents: tuple[bytes, ...]
    most_bytes: int
    folder: Path
    check: Callable[[End], None]
    too_large: JalonError


def trade_of(engine: EngineName, limits: Limits, *, isolated: bool) -> Trade:
    """What processes are started as that read what came from outside, within these limits."""
    memory = limits.memory_bytes
    terms: Terms = {"memory": memory, "engine": engine, "isolated": isolated}
    return Trade(WORKER, json.dumps(terms), growth_of(memory))


async def performed(work: Work, workshop: Workshop) -> tuple[Any, bytes]:
    """The head of the outcome, as the job's own type, and the bytes after it.

    A process that does not do its whole job is gone afterwards. Raises ValidationFailed where it
    says nothing.
    """
    try:
        async with workshop.lent(work.trade) as hand:
            hand.tell(json.dumps(work.job).encode("utf-8"))
            for document in work.documents:
                hand.tell(document)
            return await _outcome(hand, work)
    except OutputTooLarge as error:
        raise work.too_large from error
    except JobLost as lost:
        if lost.end is not None:
            work.check(lost.end)
        raise ValidationFailed from lost


async def _outcome(hand: Hand, work: Work) -> tuple[Any, bytes]:
    kind, header = await hand.frame()
    if kind != HEADER:
        raise HandLost
    try:
        head = json.loads(header)
    except ValueError as error:
        raise HandLost from error
    spooled = Spooled(work.most_bytes, work.folder)
    with spooled.body:
        while True:
            kind, content = await hand.frame()
            if kind == END:
                return head, await spooled.content()
            if kind != CHUNK:
                raise HandLost
            await spooled.add(content)
