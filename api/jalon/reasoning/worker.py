"""The reasoning process: triples, read from a file, concluded from on stdout.

Started as ``python -m jalon.reasoning.worker`` by ``jalon.reasoning.reasoner``, and by nobody else.

In: one line of JSON, a *job*. Out: conclusions as ``Conclusions.written``. They are complete when
the exit status is 0.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TypedDict

from jalon.reasoning.conclusions import Conclusions
from jalon.store.confinement import confine

TOO_MANY = 3
"""The exit status when more follows than there is room for."""


class Job(TypedDict):
    """What to do: the engine, the file of N-Triples, how many triples may follow.

    And what the process may use: bytes of memory, seconds of processor time.
    """

    engine: str
    source: str
    room: int
    memory: int
    seconds: int


def main() -> int:
    """Does the one job on stdin; the exit status is 0 when the conclusions are written."""
    job: Job = json.loads(sys.stdin.buffer.readline())
    confine(job["memory"], job["seconds"])
    # Loaded after the confinement: libraries may start threads.
    conclusions = _by_owlrl(job) if job["engine"] == "owlrl" else _by_rules(job)
    if conclusions is None:
        return TOO_MANY
    out = sys.stdout.buffer
    out.writelines(conclusions.written())
    out.flush()
    return 0


def _by_rules(job: Job) -> Conclusions | None:
    from jalon.reasoning.rules.closure import conclude  # noqa: PLC0415
    from jalon.reasoning.rules.shapes import TooMany  # noqa: PLC0415

    try:
        with Path(job["source"]).open("rb") as lines:
            return conclude(lines, job["room"])
    except TooMany:
        return None


def _by_owlrl(job: Job) -> Conclusions:
    import logging  # noqa: PLC0415

    from jalon.reasoning.closure import conclude  # noqa: PLC0415

    # rdflib logs each literal that its datatype does not allow; owlrl reports them, too.
    logging.disable(logging.CRITICAL)
    return conclude(Path(job["source"]).read_bytes())


if __name__ == "__main__":
    status = main()
    # Nothing is left to be put in order: the operating system frees memory faster.
    os._exit(status)
