"""Work on what came from outside, done by a process of its own: handed over, and taken back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jalon.errors import JalonError, ValidationFailed
from jalon.store.process import End, OutputTooLarge, ending, header, spool, worker


@dataclass(frozen=True, slots=True)
class Work:
    """What a module is asked to do: a job, which is written as JSON, and documents after it.

    Up to ``most_bytes`` may come back; what is large is kept in ``folder`` meanwhile. ``check``
    raises what the end of the process means; ``too_large`` is raised where more comes back.
    """

    module: str
    job: Mapping[str, Any]
    documents: tuple[bytes, ...]
    most_bytes: int
    folder: Path
    check: Callable[[End], None]
    too_large: JalonError


async def performed(work: Work) -> tuple[Any, bytes]:
    """The head of the outcome, as the module's own type, and the bytes after it.

    Whatever happens, the process is gone afterwards. Raises ValidationFailed where it says nothing.
    """
    job = json.dumps(work.job).encode("utf-8")
    async with worker(work.module, b"".join((job, b"\n", *work.documents))) as process:
        line = await header(process)
        if not line:
            work.check(await ending(process))
            raise ValidationFailed
        try:
            body, _ = await spool(process, work.most_bytes, work.folder)
        except OutputTooLarge as error:
            raise work.too_large from error
        with body:
            body.seek(0)
            content = await asyncio.to_thread(body.read)
        work.check(await ending(process))
    return json.loads(line), content
