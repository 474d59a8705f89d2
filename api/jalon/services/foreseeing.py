"""The use case "what would follow": what a submission would have entailed, and what no longer."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from jalon.errors import QueryTooLarge, StorageFull
from jalon.reasoning.reasoner import NotConcluded, Reasoner
from jalon.services.graphs import Graphs
from jalon.store.port import GRAPH_FORMATS

N_TRIPLES = next(each for each in GRAPH_FORMATS if each.name == "ntriples")
MOST_TOLD = 5_000
"""How many triples of each kind are told one by one."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would be entailed besides what is, and what would not be any more, as N-Triples' terms.

    ``state`` is ``complete``, or why nothing is known: ``none`` where nothing is ever entailed,
    ``too-large``, ``timeout``, ``memory``, ``failed``, ``stopped``. ``left_out`` is how many
    triples are not told one by one.
    """

    state: str
    added: tuple[Triple, ...] = ()
    removed: tuple[Triple, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Foreseeing:
    """Draws conclusions from what would be shown, one submission at a time.

    Without a reasoner nothing follows. What it concludes from is written into ``folder`` meanwhile.
    """

    graphs: Graphs
    reasoner: Reasoner | None
    folder: Path
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def foreseen(self, account: Mapping[str, Any], release: int) -> Foreseen:
        """What an account (AccountDocument) of a submission to a release comes to.

        Raises ReleaseUnknown and ReleaseTooCostly, a QueryError as the store does, StorageFull.
        """
        reasoner = self.reasoner
        if reasoner is None:
            return Foreseen("none")
        if account["leftOut"]:
            return Foreseen("too-large")
        if not account["shifts"]:
            return Foreseen("complete")
        async with self._turn:
            try:
                shown = await self._shown(release)
            except QueryTooLarge:
                return Foreseen("too-large")
            return await asyncio.to_thread(self._concluded, reasoner, shown, account["shifts"])

    async def _shown(self, release: int) -> bytes:
        """What a release shows, as the engine writes it."""
        question = self.graphs.question(None, N_TRIPLES, str(release))
        with await self.graphs.questions.answer(question) as answer:
            return await answer.read()

    def _concluded(
        self, reasoner: Reasoner, shown: bytes, shifts: Sequence[Mapping[str, Any]]
    ) -> Foreseen:
        before = dict.fromkeys(shown.splitlines())
        after = dict(before)
        for gone in _lines(shifts, "before"):
            after.pop(gone, None)
        after.update(dict.fromkeys(_lines(shifts, "after")))
        try:
            was, then = (self._follows(reasoner, lines) for lines in (before, after))
        except NotConcluded as gap:
            return Foreseen(gap.reason)
        # What is said is not what follows.
        added, removed = then - was - before.keys(), was - then - after.keys()
        return Foreseen(
            state="complete",
            added=_first(added),
            removed=_first(removed),
            left_out=sum(max(0, len(lines) - MOST_TOLD) for lines in (added, removed)),
        )

    def _follows(self, reasoner: Reasoner, lines: Iterable[bytes]) -> set[bytes]:
        """What follows from these lines of N-Triples, as lines. Raises NotConcluded."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".nt") as file:
                file.writelines(b"%s\n" % line for line in lines)
                file.flush()
                return set(reasoner.conclude(Path(file.name)).ntriples.splitlines())
        except OSError as error:
            raise StorageFull from error


def _lines(shifts: Sequence[Mapping[str, Any]], side: str) -> Iterator[bytes]:
    """The triples of one side of shifts, as the engine writes them."""
    for shift in shifts:
        thing, said_of = NamedNode(shift["thing"]), NamedNode(shift["property"])
        for document in shift[side]:
            yield f"{Triple(thing, said_of, _term(document))} .".encode()


def _term(document: Mapping[str, str]) -> NamedNode | BlankNode | Literal:
    """The term of a TermDocument."""
    value = document["value"]
    if document["type"] == "uri":
        return NamedNode(value)
    if document["type"] == "bnode":
        return BlankNode(value)
    if "xml:lang" in document:
        return Literal(value, language=document["xml:lang"])
    datatype = document.get("datatype")
    return Literal(value, datatype=NamedNode(datatype) if datatype else None)


def _first(lines: Iterable[bytes]) -> tuple[Triple, ...]:
    """The first of these lines in order, as triples."""
    text = b"\n".join(sorted(lines)[:MOST_TOLD])
    return tuple(quad.triple for quad in parse(text, RdfFormat.N_TRIPLES))
