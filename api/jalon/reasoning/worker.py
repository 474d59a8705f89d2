"""The reasoning process: triples, read from stdin, concluded from on stdout.

Started as ``python -m jalon.reasoning.worker`` by ``jalon.reasoning.reasoner``, and by nobody else.

In: one line of JSON, a *job*, then N-Triples. Out: conclusions as ``Conclusions.written``. They
are complete when the exit status is 0.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import TypedDict

from jalon.store.confinement import confine


class Job(TypedDict):
    """What the process may use: bytes of memory, seconds of processor time."""

    memory: int
    seconds: int


def main() -> int:
    """Does the one job on stdin; the exit status is 0 when the conclusions are written."""
    source, out = sys.stdin.buffer, sys.stdout.buffer
    job: Job = json.loads(source.readline())
    confine(job["memory"], job["seconds"])
    # Loaded after the confinement: libraries may start threads.
    from jalon.reasoning.closure import conclude  # noqa: PLC0415

    # rdflib logs each literal that its datatype does not allow; owlrl reports them, too.
    logging.disable(logging.CRITICAL)
    out.write(conclude(source.read()).written())
    out.flush()
    return 0


if __name__ == "__main__":
    status = main()
    # Nothing is left to be put in order: the operating system frees memory faster.
    os._exit(status)
