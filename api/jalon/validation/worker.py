"""The validation process: one document, read from stdin, reported on to stdout.

Started as ``python -m jalon.validation.worker`` by ``jalon.validation.inspector``, and by nobody
else. It confines itself before it loads any library that reads what came from outside.

In: one line of JSON, a *job*, then the bytes of its documents, one after the other. Out: one line
of JSON, the *outcome*, and after ``"report"`` the report. It is complete when the exit status is 0.
"""

from __future__ import annotations

import json
import os
import sys
from typing import IO, TYPE_CHECKING, Literal, TypedDict

from jalon.errors import JalonError
from jalon.store.confinement import Held, confine

if TYPE_CHECKING:
    from jalon.validation.examination import Examination
    from jalon.validation.port import EngineName


class Sent(TypedDict):
    """One document: part, media type, the name of its file, how many bytes of stdin it takes."""

    part: Literal["data", "shapes"]
    media_type: str
    name: str
    size: int


class Job(TypedDict):
    """What the process is asked: the data first in ``documents``, then shapes, if any.

    ``graph`` is the IRI of the graph that the data is for; ``base`` that of the pack, and
    ``checkpoint`` the release that is the data's context. ``memory`` bytes, ``seconds`` of
    processor time; ``isolated``: do nothing while the network can be reached.
    """

    documents: list[Sent]
    graph: str
    base: str
    checkpoint: str
    engine: EngineName
    media_type: str
    language: str
    memory: int
    seconds: int
    isolated: bool


class Header(TypedDict):
    """The first line of the output.

    ``outcome``: ``report``, ``unsandboxed``, or ``refused`` with the error's code and details.
    ``counts`` has the number of results of each severity that there are results of.
    """

    outcome: Literal["report", "refused", "unsandboxed"]
    code: str
    details: dict[str, str | int]
    conforms: bool
    violations: int
    counts: dict[str, int]
    held: Held


def main() -> int:
    """Does the one job on stdin; the exit status is 0 when the whole outcome is written."""
    source, out = sys.stdin.buffer, sys.stdout.buffer
    job: Job = json.loads(source.readline())
    header: Header = {
        "outcome": "unsandboxed",
        "code": "",
        "details": {},
        "conforms": False,
        "violations": 0,
        "counts": {},
        "held": confine(job["memory"], job["seconds"]),
    }
    if not header["held"]["network"] and job["isolated"]:
        _write(out, header, b"")
        return 0
    # Loaded after the confinement: libraries may start threads.
    from jalon.validation.writing import written  # noqa: PLC0415

    try:
        examination = examine(job, source)
    except JalonError as error:
        refused: Header = {
            **header,
            "outcome": "refused",
            "code": error.code,
            "details": error.details,
        }
        _write(out, refused, b"")
        return 0
    report = examination.report
    reported: Header = {
        **header,
        "outcome": "report",
        "conforms": report.conforms,
        "violations": report.violations,
        "counts": dict(report.counts()),
    }
    _write(out, reported, written(examination, job["media_type"], job["language"]))
    return 0


def examine(job: Job, source: IO[bytes]) -> Examination:
    """The job done: with shapes of its own the data stands alone, else in a release's context."""
    from jalon.validation.documents import Document  # noqa: PLC0415
    from jalon.validation.examination import (  # noqa: PLC0415
        Context,
        examine_alone,
        examine_in_context,
    )

    data, *shapes = (
        Document(sent["part"], source.read(sent["size"]), sent["media_type"], sent["name"])
        for sent in job["documents"]
    )
    if shapes:
        return examine_alone(data, shapes, job["graph"], job["engine"])
    context = Context(job["base"], job["checkpoint"])
    return examine_in_context(data, job["graph"], context, job["engine"])


def _write(out: IO[bytes], header: Header, body: bytes) -> None:
    out.write(json.dumps(header).encode("utf-8") + b"\n")
    out.write(body)
    out.flush()


if __name__ == "__main__":
    status = main()
    # Nothing is left to be put in order: the operating system frees memory faster.
    os._exit(status)
