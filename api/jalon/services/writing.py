"""The use case "write to graphs": who may, what it comes to, and that all of it is kept or none.

A write is documents for one graph, or an update of any. It is worked out for a release: what was
sent is read in a process of its own, compared with what the graphs hold there, and held against the
shapes of that release. What comes of it is one commit, and one release.

**What is checked**, unless the policy says otherwise: the things that the documents speak of, their
subjects, as the shown graph is after the write. A violation refuses the write; lesser results do
not, and are counted in the commit. **What is not checked**: graphs that are not shown, which no
shape sees; things that only lose triples, unless by an update, so that removing a graph is never
refused; things that refer to what is gone; and, where triples are only added to a known graph, or
listed one by one, what another write does at the same moment. Replacing, removing and making a
graph, and what an update looks up, are worked out anew when another commit comes between.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from jalon.errors import (
    BadRequest,
    DoesNotConform,
    Forbidden,
    JalonError,
    NoTargetGraph,
    NotFound,
    PreconditionFailed,
    PublicationPending,
    ReleaseConflict,
)
from jalon.services.graphs import SHOWN_CHARACTERS, Graphs, graph_named
from jalon.services.rights import Grant, Rights, Scope
from jalon.store.intake import Proposal
from jalon.store.operations import read_operations
from jalon.store.publisher import Publisher
from jalon.store.rewriting import is_data_alone
from jalon.store.shown import is_shown
from jalon.store.turns import Turn, Turns
from jalon.terms import SOURCE_GRAPHS
from jalon.validation.editor import Editor, Worked
from jalon.validation.edits import Edit, is_taken

ATTEMPTS = 5
"""How often a write is worked out where other commits keep coming between."""

MOST_WAITING, TURN_SECONDS = 64, 120.0
"""How many writes may wait for their turn, and how long each."""

SHORT_BYTES = 100_000
"""Up to this size an update is looked at here for whether it only lists quads."""

ANY = "*"

DONE, UNCHANGED, BROKEN_OFF = "done", "unchanged", "broken-off"
"""How an attempt ended that was not refused; a refusal is noted by its code."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of a graph for a write to be made (RFC 9110 §13.1).

    ``match``: it is known, and one of these tags names it; ``none_match``: none of them does.
    ``*`` is every tag. None asks for nothing.
    """

    match: frozenset[str] | None = None
    none_match: frozenset[str] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return self.match is None and self.none_match is None

    def holds(self, tags: frozenset[str]) -> bool:
        """Whether it holds of a graph with these tags; one that is not known has none."""
        names = tags | {ANY} if tags else tags
        matched = self.match is None or bool(self.match & names)
        return matched and not (self.none_match or frozenset()) & names


@dataclass(frozen=True, slots=True)
class Write:
    """A write as it was asked for: what, by whom, why, from where, and on which condition."""

    edit: Edit
    grant: Grant
    message: str
    source: str
    condition: Condition = field(default_factory=Condition)


@dataclass(frozen=True, slots=True)
class Written:
    """The release that holds a write, whether it made its graph, and whether it changed it."""

    release: int
    created: bool
    changed: bool


@dataclass(slots=True)
class Attempt:
    """An attempt to write: what is done to what, and what was written, once it is."""

    action: str
    written: Written | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """``own``: the unnamed graph is written to; ``validate``: what violates shapes is refused."""

    own: bool = False
    validate: bool = True


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes to graphs. Those that must be worked out exactly take turns."""

    publisher: Publisher
    editor: Editor
    rights: Rights
    graphs: Graphs
    policy: Policy = field(default_factory=Policy)
    turns: Turns = field(
        default_factory=lambda: Turns(running=1, waiting=MOST_WAITING, seconds=TURN_SECONDS)
    )

    async def admit(self, authorization: str | None, client: str) -> Grant:
        """What a client's Authorization header grants. Raises as Rights.check."""
        return await asyncio.to_thread(self.rights.check, authorization, client)

    @asynccontextmanager
    async def attempt(self, grant: Grant, action: str) -> AsyncIterator[Attempt]:
        """Notes with whose token what was attempted, and how it ended, whatever ends it."""
        attempt = Attempt(action)
        try:
            yield attempt
        except PublicationPending as error:
            await self._note(grant, attempt, error.code, int(error.details["release"]))
            raise
        except JalonError as error:
            await self._note(grant, attempt, error.code)
            raise
        except BaseException:
            # Shielded: who cancels, may cancel once more while it is noted.
            await asyncio.shield(self._note(grant, attempt, BROKEN_OFF))
            raise
        written = attempt.written
        if written is not None and written.changed:
            await self._note(grant, attempt, DONE, written.release)
        else:
            await self._note(grant, attempt, UNCHANGED)

    def check(self, grant: Grant) -> None:
        """Raises Forbidden for a grant that does not let anybody write here."""
        grant.require(Scope.ADMIN)

    def target(self, grant: Grant, name: str | None) -> str | None:
        """The graph that a name means, which the grant may write to; None for the unnamed graph.

        Raises Forbidden, NoTargetGraph where the unnamed graph is made from the others, and
        BadRequest for what is no IRI.
        """
        self.check(grant)
        if name is None:
            if not self.policy.own:
                raise NoTargetGraph
            return None
        base = self.graphs.base
        graph = graph_named(name, base)
        if not _may_name_a_graph(graph):
            raise BadRequest(variant="graph", graph=name[:SHOWN_CHARACTERS])
        grant.require_graph(graph, base)
        if graph.startswith(base + SOURCE_GRAPHS):
            raise Forbidden(variant="source", graph=graph[:SHOWN_CHARACTERS])
        return graph

    async def write(self, write: Write) -> Written:
        """Makes a write; returns when it can be asked. What changes nothing is no commit.

        Raises DoesNotConform, PreconditionFailed, NotFound for removing what is not there,
        ReleaseConflict where other commits kept coming between, ServiceBusy, as Editor.work_out
        and as Publisher.commit.
        """
        if write.condition.is_empty and await _is_written_out(write.edit):
            worked = await self._worked_out(write)
            if worked.existed:
                return await self._keep(write, worked, None)
        async with self.turns.turn() as turn:
            return await self._write_exactly(write, turn)

    async def _write_exactly(self, write: Write, turn: Turn) -> Written:
        left = ATTEMPTS
        while True:
            left -= 1
            await self.settle()
            worked = await self._worked_out(write)
            try:
                return await self._keep(write, worked, worked.release, turn.pass_on)
            except ReleaseConflict:
                if not left:
                    raise

    async def settle(self) -> None:
        """Waits until the newest commit can be asked: nothing is worked out for an older one."""
        release = self.publisher.current.stamp.number
        try:
            await self.publisher.settle()
        except PublicationPending as error:
            # What is pending is another's.
            head = self.publisher.head.number
            raise ReleaseConflict(expected=release, current=head) from error

    async def _worked_out(self, write: Write) -> Worked:
        edit = write.edit
        shown = edit.graph is not None and is_shown(edit.graph, self.graphs.base)
        examined = self.policy.validate and (shown or edit.kind == "update")
        worked = await self.editor.work_out(edit, examined=examined)
        if edit.kind == "update":
            self._check_targets(write, worked)
        if worked.violations:
            report = worked.report.decode("utf-8")
            raise DoesNotConform(violations=worked.violations, report=report)
        if edit.kind == "remove" and edit.graph is not None and not worked.existed:
            raise NotFound(variant="graph", graph=edit.graph[:SHOWN_CHARACTERS])
        await self._check_condition(write, worked)
        return worked

    def _check_targets(self, write: Write, worked: Worked) -> None:
        """An update writes where its grant lets it, and if it is for one graph, there alone."""
        for graph in worked.graphs:
            self.target(write.grant, graph)
            if write.edit.graph not in (None, graph):
                raise BadRequest(variant="patch", graph=(graph or "")[:SHOWN_CHARACTERS])

    async def _check_condition(self, write: Write, worked: Worked) -> None:
        condition, graph = write.condition, write.edit.graph
        if condition.is_empty:
            return
        tags = frozenset[str]()
        if worked.existed:
            tags = await self.graphs.tags(graph, str(worked.release))
        if not condition.holds(tags):
            raise PreconditionFailed(graph=(graph or "")[:SHOWN_CHARACTERS])

    async def _keep(
        self,
        write: Write,
        worked: Worked,
        expected: int | None,
        kept: Callable[[], None] | None = None,
    ) -> Written:
        edit = write.edit
        proposal = Proposal(
            change=worked.change,
            author=write.grant.author,
            message=write.message or f"{edit.kind} {edit.graph or ''}".strip(),
            source=write.source,
            report=_report(worked),
        )
        outcome = await self.publisher.commit(proposal, expected, kept)
        return Written(
            release=outcome.release,
            created=edit.graph is not None and not worked.existed and bool(outcome.added),
            changed=bool(outcome.added or outcome.removed),
        )

    async def _note(
        self, grant: Grant, attempt: Attempt, outcome: str, release: int | None = None
    ) -> None:
        action = attempt.action
        try:
            await asyncio.to_thread(self.rights.audit, grant, action, outcome, release)
        except JalonError as error:
            # What is kept is kept, and what is refused is refused, whether or not it is noted.
            _log.error("not noted: %s, %s, %s: %s", grant.token, action, outcome, error)


async def _is_written_out(edit: Edit) -> bool:
    """Whether what an edit does is all in its documents, whatever the graphs hold."""
    if edit.kind != "update":
        return edit.kind == "add"
    text = edit.documents[0].content
    # What is longer is worked out in turn, and so exactly, which is never wrong.
    if len(text) > SHORT_BYTES:
        return False
    return await asyncio.to_thread(_lists_quads, text)


def _lists_quads(text: bytes) -> bool:
    try:
        return is_data_alone(read_operations(text.decode("utf-8", "replace")))
    except JalonError:
        # Who reads it in full says why it is refused.
        return False


def _may_name_a_graph(iri: str) -> bool:
    try:
        NamedNode(iri)
    except ValueError:
        return False
    return is_taken(iri)


def _report(worked: Worked) -> str:
    said = {"validated": worked.counts is not None, "results": worked.counts or {}}
    return json.dumps(said, sort_keys=True)
