"""The use case "answer a SPARQL query": its limits and its dataset are decided here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from jalon.errors import BadRequest, QuerySyntax, ReleaseUnknown
from jalon.services.diagnosis import placed_fault, visible_fault
from jalon.store.outline import Outline, OutlineLimits, read_outline
from jalon.store.plain import is_plain
from jalon.store.port import (
    GRAPH_FORMATS,
    SOLUTION_FORMATS,
    Answer,
    Dataset,
    GraphStore,
    Limits,
    QueryRequest,
    ResultFormat,
    Told,
    Version,
)
from jalon.store.recent import Recent

INLINE_CHARACTERS = 20_000
"""A longer text is read in a thread, so that no query holds up the others."""

SHOWN_CHARACTERS = 100

KEPT_CHARACTERS = 2_000
KEPT_OUTLINES = 500
"""The outlines of so many shorter texts are kept: a query that is asked again is not read again."""

SHOWN, ASSERTED = Dataset(entailed=True), Dataset(entailed=False)

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_ABSOLUTE_IRI = re.compile(r"""[A-Za-z][A-Za-z0-9+.\-]*:[^<>"{}|^`\\\x00-\x20]*""")
_IRI = re.compile(r"""[^<>"{}|^`\\\x00-\x20]*""")


@dataclass(frozen=True, slots=True)
class Question:
    """A query as it was asked: its text, the graphs named beside it, the formats taken.

    ``entailed``: whether it is asked of what follows, too, where it names no graphs. ``release`` is
    a number as it was written; without one the newest is asked. ``client`` is who asks, as far as
    shares of the service go; empty for ourselves.
    """

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    solutions: ResultFormat | None = SOLUTION_FORMATS[0]
    graph: ResultFormat | None = GRAPH_FORMATS[0]
    entailed: bool = True
    release: str | None = None
    client: str = ""


@dataclass(frozen=True, slots=True)
class Questions:
    """Answers questions over a store, within limits that are the same for everybody."""

    store: GraphStore
    limits: Limits = field(default_factory=Limits)
    outline_limits: OutlineLimits = field(default_factory=OutlineLimits)
    _outlines: Recent[str, Outline] = field(default_factory=lambda: Recent(KEPT_OUTLINES))

    async def version(self, question: Question) -> Version:
        """What the answer would be, without asking; errors as ``answer`` before it is evaluated."""
        outline = await self._outline(question.text)
        return await self.store.version(self._request(question, outline))

    def kept(self, question: Question) -> Answer | None:
        """The answer to a plain question of the newest release, where it is kept."""
        return self.store.kept(self._plain(question, "")) if _is_plain(question) else None

    def soon(self, question: Question, client: str, told: Told) -> Callable[[], None] | None:
        """Has the answer to a plain question of the newest release told in no time.

        Whether it is kept is to be asked first; see GraphStore.soon.
        """
        return self.store.soon(self._plain(question, client), told) if _is_plain(question) else None

    def _plain(self, question: Question, client: str) -> QueryRequest:
        return QueryRequest(
            question.text,
            SHOWN if question.entailed else ASSERTED,
            question.solutions,
            question.graph,
            self.limits,
            None,
            client,
        )

    async def answer(self, question: Question) -> Answer:
        """The answer, which the caller closes; it may be still coming when it is over 1 MiB.

        Raises a QueryError, NotAcceptable, a ReleaseError, or BadRequest for a graph that is no
        absolute IRI. Cancelling stops the query.
        """
        outline = await self._outline(question.text)
        request = self._request(question, outline)
        try:
            return await self.store.query(request)
        except QuerySyntax as error:
            outline = read_outline(question.text, self.outline_limits)
            fault = visible_fault(outline) or await placed_fault(request, self.store, error)
            raise fault from error

    def _request(self, question: Question, outline: Outline) -> QueryRequest:
        return QueryRequest(
            text=question.text,
            dataset=dataset_of(question, outline),
            solutions=question.solutions,
            graph=question.graph,
            limits=self.limits,
            release=self._release(question.release),
            client=question.client,
        )

    def _release(self, written: str | None) -> int | None:
        if written is None:
            return None
        if not _NUMBER.fullmatch(written):
            shown = written[:SHOWN_CHARACTERS]
            raise ReleaseUnknown(variant="number", release=shown, current=self.store.release)
        return int(written)

    async def _outline(self, text: str) -> Outline:
        if len(text) > INLINE_CHARACTERS:
            return await asyncio.to_thread(read_outline, text, self.outline_limits)
        outline = self._outlines.get(text)
        if outline is None:
            if is_plain(text):
                return Outline(text)
            outline = read_outline(text, self.outline_limits)
            if len(text) <= KEPT_CHARACTERS:
                self._outlines.put(text, outline)
        return outline


def _is_plain(question: Question) -> bool:
    """Whether it is of the newest release, names no graphs, and needs not be read closely."""
    return (
        question.release is None
        and not question.default_graphs
        and not question.named_graphs
        and is_plain(question.text)
    )


def dataset_of(question: Question, outline: Outline) -> Dataset:
    """The dataset of a question: the graphs named beside the query, else those it names itself.

    SPARQL 1.1 Protocol §2.1.4: the request wins over the text. Who names any graph sees only
    graphs that were named; who names none sees the shown graph, what is entailed by it, and every
    named graph.
    """
    default, named, form = question.default_graphs, question.named_graphs, _ABSOLUTE_IRI
    if not default and not named:
        # What the text says of graphs may be relative, to the base of what is served.
        default, named = tuple(outline.default_graphs), tuple(outline.named_graphs)
        form = _IRI
    if not default and not named:
        return Dataset(entailed=question.entailed)
    for graph in (*default, *named):
        if not form.fullmatch(graph):
            raise visible_fault(outline) or BadRequest(variant="graph", graph=graph[:200])
    return Dataset(default=default, named=named)
