"""The edit process: documents for one graph, read from stdin; what they change, on stdout.

Started as ``python -m jalon.validation.edit_worker`` by ``jalon.validation.editor``, and by nobody
else. It confines itself before it loads any library that reads what came from outside.

In: one line of JSON, an *edit job*, then the bytes of its documents, one after the other. Out: one
line of JSON, the *outcome*, then lines to add, lines to remove and the report, as many bytes of
each as it says. It is complete when the exit status is 0.
"""

from __future__ import annotations

import json
import os
import sys
from typing import IO, TYPE_CHECKING, Literal, TypedDict, cast

from jalon.errors import JalonError
from jalon.store.confinement import Held, confine

if TYPE_CHECKING:
    from jalon.validation.edits import Edited, Kind
    from jalon.validation.port import EngineName
    from jalon.validation.worker import Sent


SCRATCH_BYTES = 2 * 1024**3
"""The largest file of a copy that an update is evaluated on."""

Examined = tuple[dict[str, int], bytes]
"""How many results there are of each severity, and the report as JSON, empty without any."""


class EditJob(TypedDict):
    """What the process is asked.

    ``graph`` is an absolute IRI, or None for the unnamed graph, as ``default_graphs`` and
    ``named_graphs`` are; see Edit. ``base`` is that of the pack, and ``checkpoint`` the release
    that is edited; ``scratch`` is a place for a copy of it, None where nothing is to be written.
    ``own``: the unnamed graph is written to. ``engine`` examines what the documents say, None does
    not. ``memory`` bytes, ``seconds`` of processor time; ``isolated``: do nothing while the network
    can be reached.
    """

    kind: Kind
    graph: str | None
    documents: list[Sent]
    default_graphs: list[str]
    named_graphs: list[str]
    base: str
    checkpoint: str
    scratch: str | None
    own: bool
    engine: EngineName | None
    memory: int
    seconds: int
    isolated: bool


class EditHeader(TypedDict):
    """The first line of the output.

    ``outcome``: ``edited``, ``unsandboxed``, or ``refused`` with the error's code and details.
    ``counts`` has the number of results of each severity; None where nothing was examined.
    """

    outcome: Literal["edited", "refused", "unsandboxed"]
    code: str
    details: dict[str, str | int]
    existed: bool
    counts: dict[str, int] | None
    adds: int
    removes: int
    report: int
    held: Held


def main() -> int:
    """Does the one job on stdin; the exit status is 0 when the whole outcome is written."""
    source, out = sys.stdin.buffer, sys.stdout.buffer
    job: EditJob = json.loads(source.readline())
    header: EditHeader = {
        "outcome": "unsandboxed",
        "code": "",
        "details": {},
        "existed": False,
        "counts": None,
        "adds": 0,
        "removes": 0,
        "report": 0,
        "held": confine(job["memory"], job["seconds"], SCRATCH_BYTES if job["scratch"] else 0),
    }
    if not header["held"]["network"] and job["isolated"]:
        _write(out, header)
        return 0
    try:
        done = edit(job, source)
        examined = examine(job, done) if job["engine"] and done.said.things else None
    except JalonError as error:
        header = {**header, "outcome": "refused", "code": error.code, "details": error.details}
        _write(out, header)
        return 0
    _write_edited(out, header, done, examined)
    return 0


def edit(job: EditJob, source: IO[bytes]) -> Edited:
    """What the job's documents come to."""
    # Loaded after the confinement: libraries may start threads.
    from jalon.validation.documents import Document  # noqa: PLC0415
    from jalon.validation.edits import Edit, edited  # noqa: PLC0415

    wanted = Edit(
        kind=job["kind"],
        graph=job["graph"],
        documents=tuple(
            Document(sent["part"], source.read(sent["size"]), sent["media_type"])
            for sent in job["documents"]
        ),
        default_graphs=tuple(job["default_graphs"]),
        named_graphs=tuple(job["named_graphs"]),
    )
    if job["scratch"] is None:
        return edited(wanted, job["base"], job["checkpoint"])
    from jalon.validation.updates import Place, updated  # noqa: PLC0415

    return updated(wanted, Place(job["checkpoint"], job["scratch"], job["base"]), own=job["own"])


def examine(job: EditJob, done: Edited) -> Examined:
    """What the documents say, held against the shapes of the release as it is after the edit."""
    # Loaded where it is needed: the engines take longer to load than most documents to read.
    from jalon.validation.examination import Context, examine_said  # noqa: PLC0415
    from jalon.validation.port import SEVERITIES  # noqa: PLC0415
    from jalon.validation.writing import JSON, written  # noqa: PLC0415

    context = Context(job["base"], job["checkpoint"])
    examination = examine_said(done.said, context, cast("EngineName", job["engine"]))
    found = examination.report.counts()
    counts = {name: found[name] for name in dict.fromkeys((*SEVERITIES, *found))}
    return counts, written(examination, JSON, "en") if found else b""


def _write_edited(
    out: IO[bytes], header: EditHeader, done: Edited, examined: Examined | None
) -> None:
    counts, report = examined or (None, b"")
    adds, removes = done.change.adds, done.change.removes
    said: EditHeader = {
        **header,
        "outcome": "edited",
        "existed": done.existed,
        "counts": counts,
        "adds": len(adds),
        "removes": len(removes),
        "report": len(report),
    }
    _write(out, said, adds, removes, report)


def _write(out: IO[bytes], header: EditHeader, *parts: bytes) -> None:
    out.write(json.dumps(header).encode("utf-8") + b"\n")
    for part in parts:
        out.write(part)
    out.flush()


if __name__ == "__main__":
    status = main()
    # Nothing is left to be put in order: the operating system frees memory faster.
    os._exit(status)
