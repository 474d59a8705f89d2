"""The job of working out a submission, as the process does it that reads what came from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypedDict

from pyoxigraph import NamedNode, Quad

from jalon.ledger.commits import ChangeSet
from jalon.terms import SUBMITTED_GRAPHS
from jalon.validation.bench import Bench, Context
from jalon.validation.documents import Document, Said, Source, read_document
from jalon.validation.edits import check_json, check_terms
from jalon.validation.examination import examine_said
from jalon.validation.inspect_job import Sent, documents_of
from jalon.validation.port import SEVERITIES, EngineName
from jalon.validation.submitted.account import accounted
from jalon.validation.submitted.confining import Confinement
from jalon.validation.submitted.giving_way import is_worked_out
from jalon.validation.submitted.literals import rewritten
from jalon.validation.submitted.naming import with_iris
from jalon.validation.submitted.restating import Mode, Restating

ADDED, REMOVED = "adds", "removes"
"""The parts of a submission: what it says, and what it takes away."""


class SubmitJob(TypedDict):
    """What the process is asked; see EditJob. ``organisation`` is the name of who submits.

    ``scope`` are the places that are spoken for, each a thing and a property; see Restating.
    """

    task: Literal["submit"]
    mode: Mode
    organisation: str
    scope: list[tuple[str, str]]
    documents: list[Sent]
    base: str
    checkpoint: str
    state: str
    engine: EngineName
    own: bool
    seconds: int
    file_bytes: int


class SubmitHeader(TypedDict):
    """What comes of it: lines to add, lines to remove and the account, so many bytes of each.

    ``new`` is how many violations come with it, ``retyped`` how many literals would be of another
    datatype; ``counts`` has the number of results of each severity, with those that were there
    before; ``things`` is how many the documents speak of.
    """

    outcome: Literal["submitted"]
    new: int
    retyped: int
    counts: dict[str, int]
    things: int
    adds: int
    removes: int
    account: int


def submit(
    job: SubmitJob, contents: Sequence[bytes], bench: Bench
) -> tuple[SubmitHeader, tuple[bytes, ...]]:
    """What the contents of the job's documents come to.

    Raises as read_document, and RdfRefused and Forbidden for what the organisation may not say.
    """
    release = bench.release(job["checkpoint"], job["state"])
    context = Context(job["base"], release, bench, job["engine"], own=job["own"])
    reading = _Reading(job, contents)
    scope = [(NamedNode(thing), NamedNode(said_of)) for thing, said_of in job["scope"]]
    said_of = [(quad.subject, quad.predicate) for quad in (*reading.adds, *reading.removes)]
    Confinement(release.store, job["base"], job["organisation"]).check((*said_of, *scope))
    restating = Restating(release.store, job["base"], reading.graph)
    done = restating.restated(job["mode"], reading.adds, reading.removes, scope)
    said = Said.of(done.adds, reading.prefixes, done.removes)
    things = frozenset(thing for thing, _ in (*said_of, *scope))
    examination = examine_said(said, context, things, fixed=True)
    change = ChangeSet.of(_lines(done.adds), _lines(done.removes))
    forms = list(rewritten(done.adds))
    account = accounted(replace(examination, source=reading.source), forms, done.shifts)
    counts = examination.report.counts()
    difference = examination.difference
    header: SubmitHeader = {
        "outcome": "submitted",
        "new": difference.new.violations if difference else 0,
        "retyped": sum(each.is_retyped for each in forms),
        "counts": {name: counts[name] for name in dict.fromkeys((*SEVERITIES, *counts))},
        "things": len(things),
        "adds": len(change.adds),
        "removes": len(change.removes),
        "account": len(account),
    }
    return header, (change.adds, change.removes, account)


class _Reading:
    """What the documents of a job say, in the graph of the organisation, with IRIs throughout.

    ``source`` is the document that results are placed in, where there is one alone.
    """

    def __init__(self, job: SubmitJob, contents: Sequence[bytes]) -> None:
        self._job = job
        self.graph = NamedNode(f"{job['base']}{SUBMITTED_GRAPHS}{job['organisation']}")
        self.prefixes: dict[str, str] = {}
        self.source: Source | None = None
        documents = documents_of(job["documents"], contents)
        self.adds = self._read([each for each in documents if each.part != REMOVED])
        self.removes = self._read([each for each in documents if each.part == REMOVED])
        if len(documents) > 1:
            self.source = None

    def _read(self, documents: Sequence[Document]) -> tuple[Quad, ...]:
        quads: list[Quad] = []
        for document in documents:
            check_json(document)
            parsed = read_document(document, self.graph.value)
            check_terms(parsed.quads, document)
            self.prefixes.update(parsed.prefixes)
            self.source = Source(document, self.graph.value, parsed.quads)
            quads += parsed.quads
        base, organisation = self._job["base"], self._job["organisation"]
        return tuple(
            Quad(quad.subject, quad.predicate, quad.object, self.graph)
            for quad in with_iris(quads, base, organisation)
            if not is_worked_out(_iri(quad.subject), base, organisation)
        )


def _iri(term: object) -> str:
    return str(getattr(term, "value", ""))


def _lines(quads: Sequence[Quad]) -> list[bytes]:
    return [f"{quad} .".encode() for quad in quads]
