"""The query process: one query after another, read from a socket and answered on it.

Started as ``python -m jalon.store.worker TERMS`` by ``jalon.store.hand``, and by nobody else; its
stdin is the socket, which speaks in frames (``jalon.store.frames``). It gives up the network and
takes its limits before it opens a store (namespaces cannot be entered once the engine has
threads), and imports little, because whoever asks first waits for that.

A query that breaks the process breaks no other: the service sees it end, and starts the next.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import OrderedDict
from typing import IO, TypedDict, cast

from pyoxigraph import QuerySolutions, Store

from jalon.store.confinement import Held, allow, confine
from jalon.store.evaluation import (
    Declined,
    Job,
    JobTerms,
    Merges,
    Outcome,
    evaluate,
    serialise,
    wanted,
)
from jalon.store.frames import (
    CHUNK,
    END,
    HEAD_BYTES,
    HEADER,
    READY,
    framed,
    packed_wear,
    read_head,
    unpacked_job,
)
from jalon.store.paging import JSON, Pages, page_of

LIFE_SECONDS = 4 * 3600
"""The most processor time in the whole life of a process; it is replaced well before."""

OPEN_STORES = 2
"""How many checkpoints stay open: the newest release, and the one before or an old one asked."""

WRITE_BYTES = 64 * 1024
KEPT_TERMS = 32
READ_EVERY = 16
"""How often the memory is read: each so many jobs."""


class Terms(TypedDict):
    """What the process is started with.

    ``memory`` is the most address space of any job in bytes, ``nice`` how far it stands back
    behind others for the processor; ``isolated``: give no answer while the network can be reached.
    ``checkpoint`` in the ``state`` is opened ahead of the first job, unless it is empty.
    """

    memory: int
    nice: int
    isolated: bool
    checkpoint: str
    state: str


class Header(TypedDict):
    """What comes of a job; ``detail`` is what the outcome is about, or the kind of the answer."""

    outcome: Outcome
    detail: str


class Wear(TypedDict):
    """What a process uses at the end of a job: bytes of address space, and seconds in all."""

    memory: int
    seconds: float


class Channel:
    """The process's end of the socket; a file to write the result to."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._received = bytearray()
        self._terms: dict[bytes, JobTerms] = {}
        self._answers = {
            kind: framed(HEADER, json.dumps({"outcome": "answer", "detail": kind}).encode("ascii"))
            for kind in ("solutions", "boolean", "graph")
        }
        self._unsent = bytearray()
        self._chunk = bytearray()

    def job(self) -> Job | None:
        """The next job; None when the service has hung up."""
        content = self._content()
        if content is None:
            return None
        written, text = unpacked_job(content)
        terms = self._terms.get(written)
        if terms is None:
            if len(self._terms) >= KEPT_TERMS:
                self._terms.clear()
            terms = self._terms[written] = cast("JobTerms", json.loads(written))
        return {**terms, "text": text}

    def answer(self, kind: str) -> None:
        """Says that there is an answer of this kind."""
        self._unsent += self._answers[kind]

    def end(self, wear: tuple[int, float]) -> None:
        """Says that the job is done, and what this process uses; sends it all."""
        self._close_chunk()
        self._unsent += framed(END, packed_wear(*wear))
        self.send()

    def say(self, kind: bytes, said: Held | Header | Wear) -> None:
        """Has a frame sent with what is sent next."""
        self._close_chunk()
        self._unsent += framed(kind, json.dumps(said).encode("utf-8"))

    def write(self, data: bytes) -> int:
        """Takes a piece of the result, which may be of any size."""
        for start in range(0, len(data), WRITE_BYTES):
            self._chunk += data[start : start + WRITE_BYTES]
            if len(self._chunk) >= WRITE_BYTES:
                self.send()
        return len(data)

    def flush(self) -> None:
        """Nothing: the engine asks for it before the END, which goes with the rest."""

    def send(self) -> None:
        """Sends what has been said and written."""
        self._close_chunk()
        unsent = memoryview(self._unsent)
        while unsent:
            unsent = unsent[os.write(self._descriptor, unsent) :]
        self._unsent = bytearray()

    def _close_chunk(self) -> None:
        if self._chunk:
            self._unsent += framed(CHUNK, self._chunk)
            self._chunk = bytearray()

    def _content(self) -> bytes | None:
        """The content of the next frame; mostly it comes whole, by one call of the system."""
        received = self._received
        while True:
            if len(received) >= HEAD_BYTES:
                end = HEAD_BYTES + read_head(received)[1]
                if len(received) >= end:
                    content = bytes(received[HEAD_BYTES:end])
                    del received[:end]
                    return content
            piece = os.read(self._descriptor, WRITE_BYTES)
            if not piece:
                return None
            received += piece


class Shelf:
    """The stores that stand open, the one last used at the end, and the graphs merged last."""

    def __init__(self) -> None:
        self.merges = Merges()
        self.pages = Pages()
        self._stores: OrderedDict[tuple[str, str], Store] = OrderedDict()

    def store(self, checkpoint: str, state: str) -> Store:
        """The store of a checkpoint in a state, opened unless it stands open."""
        key = (checkpoint, state)
        if key not in self._stores:
            opened = Store.read_only(checkpoint)
            while len(self._stores) >= OPEN_STORES:
                self._stores.popitem(last=False)
            self._stores[key] = opened
        self._stores.move_to_end(key)
        return self._stores[key]


class Gauge:
    """Reads what this process uses; of memory only where the system says it, else 0."""

    def __init__(self) -> None:
        try:
            self._pages: int | None = os.open("/proc/self/statm", os.O_RDONLY)
        except OSError:
            self._pages = None
        self._page_bytes = os.sysconf("SC_PAGESIZE")
        self._memory = 0
        self._reads = -1

    def wear(self) -> tuple[int, float]:
        """The bytes of address space that this process uses now, and its seconds in all."""
        self._reads += 1
        if self._reads % READ_EVERY:
            return self._memory, time.process_time()
        memory = 0
        if self._pages is not None:
            memory = int(os.pread(self._pages, 64, 0).split()[0]) * self._page_bytes
        self._memory = memory
        return memory, time.process_time()


def main() -> int:
    """Does every job on stdin until the service hangs up."""
    terms: Terms = json.loads(sys.argv[1])
    channel, shelf = Channel(sys.stdin.fileno()), Shelf()
    # What nobody reads must not hold up who writes it.
    os.set_blocking(sys.stderr.fileno(), False)
    held = confine(terms["memory"], LIFE_SECONDS)
    os.nice(terms["nice"])
    if terms["checkpoint"]:
        open_ahead(shelf, terms)
    channel.say(READY, held)
    channel.send()
    gauge = Gauge()
    isolated = held["network"] or not terms["isolated"]
    allowed = (0, 0, 0)
    while (job := channel.job()) is not None:
        # Processor time counts whole seconds: within one, the same job may have as much.
        asked = (job["memory"], job["seconds"], int(time.process_time()))
        if asked != allowed:
            allow(job["memory"], job["seconds"])
            allowed = asked
        do(job, shelf, channel, isolated=isolated)
        channel.end(gauge.wear())
    return 0


def open_ahead(shelf: Shelf, terms: Terms) -> None:
    """Opens the checkpoint that is likely to be asked first; what fails is told with a job."""
    try:
        shelf.store(terms["checkpoint"], terms["state"])
    except (OSError, RuntimeError):
        return


def write_page(job: Job, store: Store, shelf: Shelf, channel: Channel) -> bool:
    """Answers with a page of a sorted answer that is kept; False where there is none."""
    page = page_of(job["text"]) if job["solutions"] == JSON else None
    if page is None:
        return False

    def solutions(text: str) -> QuerySolutions:
        whole: Job = {**job, "text": text}
        return cast("QuerySolutions", evaluate(whole, store, shelf.merges))

    names = (job["default"], job["named"])
    key = (job["state"], page.stem, repr(names), job["entailment"])
    kept = shelf.pages.sorted(key, page, solutions)
    if kept is None:
        return False
    channel.answer("solutions")
    kept.write(page, cast("IO[bytes]", channel))
    return True


def do(job: Job, shelf: Shelf, channel: Channel, *, isolated: bool) -> None:
    """Answers one job, all but its END."""
    if not isolated:
        channel.say(HEADER, {"outcome": "unsandboxed", "detail": ""})
        return
    try:
        store = shelf.store(job["checkpoint"], job["state"])
        if write_page(job, store, shelf, channel):
            return
        result = evaluate(job, store, shelf.merges)
        kind, media_type = wanted(result, job)
        channel.answer(kind)
        serialise(result, media_type, cast("IO[bytes]", channel))
    except Declined as declined:
        channel.say(HEADER, {"outcome": declined.outcome, "detail": declined.detail})


if __name__ == "__main__":
    status = main()
    # The operating system frees the stores faster than their destructors do.
    os._exit(status)
