"""The job of a write to graphs, as the process does it that reads what came from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

from jalon.validation.bench import Bench, Context, Release
from jalon.validation.edits import Edit, Edited, Kind, edited
from jalon.validation.examination import examine_said
from jalon.validation.inspect_job import Sent, documents_of
from jalon.validation.port import SEVERITIES, EngineName
from jalon.validation.updates import Place, updated
from jalon.validation.writing import JSON, written

Examined = tuple[dict[str, int], bytes]
"""How many results there are of each severity, and the report as JSON, empty without any."""


class EditJob(TypedDict):
    """What the process is asked.

    ``graph`` is an absolute IRI, or None for the unnamed graph, as ``default_graphs`` and
    ``named_graphs`` are; see Edit. ``base`` is that of the pack, and ``checkpoint`` with its
    ``state`` the release that is edited; ``scratch`` is a place for a copy of it, None where
    nothing is to be written. ``own``: the unnamed graph is written to. ``engine`` examines what the
    documents say, None does not.
    """

    task: Literal["edit"]
    kind: Kind
    graph: str | None
    documents: list[Sent]
    default_graphs: list[str]
    named_graphs: list[str]
    base: str
    checkpoint: str
    state: str
    scratch: str | None
    own: bool
    engine: EngineName | None
    seconds: int
    file_bytes: int


class EditHeader(TypedDict):
    """What comes of it: lines to add, lines to remove and the report, so many bytes of each.

    ``counts`` has the number of results of each severity; None where nothing was examined.
    """

    outcome: Literal["edited"]
    existed: bool
    counts: dict[str, int] | None
    adds: int
    removes: int
    report: int


def edit(
    job: EditJob, contents: Sequence[bytes], bench: Bench
) -> tuple[EditHeader, tuple[bytes, ...]]:
    """What the contents of the job's documents come to. Raises as edited and updated."""
    release = bench.release(job["checkpoint"], job["state"])
    done = _edited(job, contents, release)
    counts: dict[str, int] | None = None
    report = b""
    if job["engine"] and done.said.things:
        context = Context(job["base"], release, bench, job["engine"], own=job["own"])
        counts, report = _examined(context, done)
    adds, removes = done.change.adds, done.change.removes
    header: EditHeader = {
        "outcome": "edited",
        "existed": done.existed,
        "counts": counts,
        "adds": len(adds),
        "removes": len(removes),
        "report": len(report),
    }
    return header, (adds, removes, report)


def _edited(job: EditJob, contents: Sequence[bytes], release: Release) -> Edited:
    wanted = Edit(
        kind=job["kind"],
        graph=job["graph"],
        documents=documents_of(job["documents"], contents),
        default_graphs=tuple(job["default_graphs"]),
        named_graphs=tuple(job["named_graphs"]),
    )
    if job["scratch"] is None:
        return edited(wanted, job["base"], release.store)
    return updated(wanted, Place(release, job["scratch"], job["base"]), own=job["own"])


def _examined(context: Context, done: Edited) -> Examined:
    """What the edit makes wrong, by the shapes of the release; not what was wrong before it."""
    examination = examine_said(done.said, context)
    found = examination.report.counts()
    counts = {name: found[name] for name in dict.fromkeys((*SEVERITIES, *found))}
    return counts, written(examination, JSON, "en") if found else b""
