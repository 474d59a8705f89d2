"""The job of validating documents, as the process does it that reads what came from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

from jalon.validation.bench import Bench, Context
from jalon.validation.documents import Document, Part
from jalon.validation.examination import (
    Examination,
    examine_alone,
    examine_in_context,
    examine_release,
)
from jalon.validation.port import EngineName
from jalon.validation.writing import written


class Sent(TypedDict):
    """One document: part, media type, the name of its file."""

    part: Part
    media_type: str
    name: str


class Job(TypedDict):
    """What the process is asked: the data first in ``documents``, then shapes, if any.

    Without any, the release is examined itself. ``graph`` is the IRI of the graph that the data is
    for; ``base`` that of the pack, and ``checkpoint`` with its ``state`` the release that is the
    data's context; ``own``: its unnamed graph is not the shown graph.
    """

    task: Literal["inspect"]
    documents: list[Sent]
    graph: str
    base: str
    checkpoint: str
    state: str
    engine: EngineName
    own: bool
    media_type: str
    language: str
    seconds: int
    file_bytes: int


class Header(TypedDict):
    """What comes of it; ``counts`` has how many results there are of each severity found."""

    outcome: Literal["report"]
    conforms: bool
    violations: int
    counts: dict[str, int]


def inspect(job: Job, contents: Sequence[bytes], bench: Bench) -> tuple[Header, tuple[bytes, ...]]:
    """The report on the contents of the job's documents. Raises as examine_in_context."""
    examination = _examined(job, contents, bench)
    report = examination.report
    header: Header = {
        "outcome": "report",
        "conforms": report.conforms,
        "violations": report.violations,
        "counts": dict(report.counts()),
    }
    return header, (written(examination, job["media_type"], job["language"]),)


def _examined(job: Job, contents: Sequence[bytes], bench: Bench) -> Examination:
    """With shapes of its own the data stands alone, else in a release's context.

    Without data it is the release that is examined.
    """
    data, *shapes = documents_of(job["documents"], contents) or (None,)
    if data is not None and shapes:
        return examine_alone(data, shapes, job["graph"], job["engine"])
    release = bench.release(job["checkpoint"], job["state"])
    context = Context(job["base"], release, bench, job["engine"], own=job["own"])
    if data is None:
        return examine_release(context)
    return examine_in_context(data, job["graph"], context)


def documents_of(sent: Sequence[Sent], contents: Sequence[bytes]) -> tuple[Document, ...]:
    """What was sent, with its contents."""
    return tuple(
        Document(each["part"], content, each["media_type"], each["name"])
        for each, content in zip(sent, contents, strict=True)
    )
