"""The process that reads what came from outside: one job after another, validations and writes.

Started as ``python -m jalon.validation.worker TERMS`` and kept by ``jalon.store.stands``, and by
nobody else; its stdin is a socket, which speaks in frames (``jalon.store.frames``). It confines
itself before it loads any library that reads what came from outside, and loads them all before it
says that it is ready.

In: a JOB, which is JSON, and one more for the content of each of its documents. Out: a HEADER,
which is JSON, CHUNKs, and an END with how much the process has grown. What comes without its END is
not complete. A job that fails in a way that nobody foresaw ends the process.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, TypeAlias, TypedDict

from jalon.errors import JalonError
from jalon.store.confinement import Held, allow, confine, limit
from jalon.store.frames import (
    CHUNK,
    END,
    HEAD_BYTES,
    HEADER,
    READY,
    framed,
    packed_wear,
    read_head,
)
from jalon.store.port import CHUNK_BYTES, MEGABYTE

if TYPE_CHECKING:
    from jalon.validation.edit_job import EditHeader, EditJob
    from jalon.validation.inspect_job import Header, Job
    from jalon.validation.port import EngineName
    from jalon.validation.submitted.job import SubmitHeader, SubmitJob

    AnyJob: TypeAlias = Job | EditJob | SubmitJob

LIFE_SECONDS = 4 * 3600
"""The most processor time in the whole life of a process; it is replaced well before."""

FILE_BYTES = 2 * 1024**3
"""The largest file that any job may write: one of a copy that an update is evaluated on."""

OBJECTS = 100_000
"""After so many new objects it is looked for garbage: a large job makes many that stay."""

OPEN_BYTES = 128 * MEGABYTE
"""A release that stands open maps less than this (measured: 75 MB, most of it stacks)."""

GROWTH_SHARE = 8
"""Beside that, a process may grow by this part of the memory of a job before it is replaced."""


class Terms(TypedDict):
    """What the process is started with.

    ``memory`` is how many bytes of address space it may have for a job; ``engine`` is loaded ahead;
    ``isolated``: do nothing while the network can be reached.
    """

    memory: int
    engine: EngineName
    isolated: bool


class Refusal(TypedDict):
    """Why a job was not done: ``refused`` with an error's code and details, or unsandboxed."""

    outcome: str
    code: str
    details: Mapping[str, str | int]


Answer = tuple["Header | EditHeader | SubmitHeader | Refusal", tuple[bytes, ...]]
Desk = Callable[["AnyJob", Sequence[bytes]], Answer]


class Channel:
    """The process's end of the socket."""

    def __init__(self, source: IO[bytes], out: IO[bytes]) -> None:
        self._source = source
        self._out = out

    def content(self) -> bytes | None:
        """The content of the next frame; None when the service has hung up."""
        head = self._source.read(HEAD_BYTES)
        if len(head) < HEAD_BYTES:
            return None
        size = read_head(head)[1]
        content = self._source.read(size)
        return content if len(content) == size else None

    def job(self) -> tuple[AnyJob, list[bytes]] | None:
        """The next job, with the contents of its documents; None when the service has hung up."""
        content = self.content()
        if content is None:
            return None
        job: AnyJob = json.loads(content)
        contents: list[bytes] = []
        for _ in job["documents"]:
            document = self.content()
            if document is None:
                return None
            contents.append(document)
        return job, contents

    def ready(self, held: Held) -> None:
        """Says what the process has given up, and that a job may come."""
        self._out.write(framed(READY, json.dumps(held).encode("utf-8")))
        self._out.flush()

    def answer(self, answer: Answer, wear: tuple[int, float]) -> None:
        """Says what has come of a job, all of it, and what the process uses."""
        header, parts = answer
        self._out.write(framed(HEADER, json.dumps(header).encode("utf-8")))
        for piece in _pieces(parts):
            self._out.write(framed(CHUNK, piece))
        self._out.write(framed(END, packed_wear(*wear)))
        self._out.flush()


def main() -> int:
    """Does every job on stdin until the service hangs up."""
    terms: Terms = json.loads(sys.argv[1])
    # What nobody reads must not hold up who writes it; and libraries log what they were sent.
    os.set_blocking(sys.stderr.fileno(), False)
    logging.disable(logging.CRITICAL)
    memory = terms["memory"]
    # However much it has grown, each job has as much as it would have in a fresh process.
    held = confine(memory + 2 * growth_of(memory), LIFE_SECONDS, FILE_BYTES)
    limit(resource.RLIMIT_FSIZE, 0, FILE_BYTES)
    descriptor = sys.stdin.fileno()
    with open(descriptor, "rb", closefd=False) as source, open(os.dup(descriptor), "wb") as out:  # noqa: PTH123 (no path)
        channel = Channel(source, out)
        desk = unsandboxed if terms["isolated"] and not held["network"] else _desk(terms["engine"])
        # What has been loaded stays: it is not looked through for garbage again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(OBJECTS)
        channel.ready(held)
        _work(channel, desk, memory)
    return 0


def growth_of(memory: int) -> int:
    """How many bytes a process may grow by that has so much memory for a job."""
    return OPEN_BYTES + memory // GROWTH_SHARE


def unsandboxed(job: AnyJob, contents: Sequence[bytes]) -> Answer:
    """Nothing is read where the network can be reached."""
    del job, contents
    return {"outcome": "unsandboxed", "code": "", "details": {}}, ()


def _desk(engine: EngineName) -> Desk:
    """Where jobs are done, with everything at hand that they need."""
    # Loaded after the confinement: libraries may start threads.
    from jalon.validation.bench import Bench  # noqa: PLC0415
    from jalon.validation.edit_job import edit  # noqa: PLC0415
    from jalon.validation.engines import choice  # noqa: PLC0415
    from jalon.validation.inspect_job import inspect  # noqa: PLC0415
    from jalon.validation.submitted.job import submit  # noqa: PLC0415

    choice.engine(engine)
    bench = Bench()

    def done(job: AnyJob, contents: Sequence[bytes]) -> Answer:
        try:
            if job["task"] == "edit":
                return edit(job, contents, bench)
            if job["task"] == "submit":
                return submit(job, contents, bench)
            return inspect(job, contents, bench)
        except JalonError as error:
            return {"outcome": "refused", "code": error.code, "details": error.details}, ()

    return done


def _work(channel: Channel, desk: Desk, memory: int) -> None:
    used = _memory()
    grown = 0
    while (told := channel.job()) is not None:
        job, contents = told
        allow(memory + grown, job["seconds"])
        limit(resource.RLIMIT_FSIZE, min(job["file_bytes"], FILE_BYTES), FILE_BYTES)
        answer = desk(job, contents)
        del told, contents
        if job["file_bytes"]:
            # A copy that it was evaluated on is closed before its folder is removed.
            gc.collect()
        limit(resource.RLIMIT_FSIZE, 0, FILE_BYTES)
        grown = max(0, _memory() - used)
        channel.answer(answer, (grown, time.process_time()))
        del answer


def _memory() -> int:
    """The bytes of address space that this process uses; 0 where the system does not say it."""
    try:
        with open("/proc/self/statm", "rb") as said:  # noqa: PTH123 (a Path would take longer)
            return int(said.read(64).split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _pieces(parts: Iterable[bytes]) -> Iterable[bytes]:
    for part in parts:
        for start in range(0, len(part), CHUNK_BYTES):
            yield part[start : start + CHUNK_BYTES]


if __name__ == "__main__":
    status = main()
    # Nothing is left to be put in order: the operating system frees memory faster.
    os._exit(status)
