"""Updates in other words that do the same: what a request says beside its update is said in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jalon.errors import BadRequest, QuerySyntax
from jalon.store.operations import Operation, upper
from jalon.store.tokens import Token

NOTHING = "DROP SILENT GRAPH <urn:x-jalon:nothing> "
_LOAD = re.compile(r"LOAD (?:SILENT )?@(?: INTO GRAPH @)?")


def is_data_alone(operations: Sequence[Operation]) -> bool:
    """Whether all that these do is written in them, whatever the graphs hold."""
    return bool(operations) and all(operation.is_data for operation in operations)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an update that stands alone: ``shift`` leads from its offsets to the whole's.

    Offsets below ``start`` are in what was put before it.
    """

    text: str
    start: int = 0
    shift: int = 0


def apart(text: str, operations: Sequence[Operation]) -> tuple[Piece, ...]:
    """The update as one piece, or as one of each operation where some are declared for later ones.

    pyoxigraph 0.5.13 takes no declaration after the first operation (measured); SPARQL does.
    """
    if len({operation.prologue for operation in operations}) <= 1:
        return (Piece(text),)
    return tuple(_alone(operation) for operation in operations)


def _alone(operation: Operation) -> Piece:
    start = len(operation.prologue)
    shift = operation.words[0].start - start
    return Piece(operation.prologue + operation.text, start, shift)


def without_loads(text: str, operations: Iterable[Operation]) -> str:
    """The update with something that does nothing for each LOAD: no engine ever sees one.

    Raises QuerySyntax for one that is not as SPARQL says.
    """
    pieces: list[str] = []
    end = 0
    for operation in operations:
        if not operation.loads:
            continue
        if operation.blocks or not _LOAD.fullmatch(_kinds(operation.words)):
            raise QuerySyntax(variant="update")
        start = operation.words[0].start
        pieces += [text[end:start], NOTHING]
        end = start + len(operation.text)
    return "".join((*pieces, text[end:]))


def _kinds(words: Iterable[Token]) -> str:
    """Words as they are, names as an at sign."""
    return " ".join("@" if each.kind in {"iri", "name"} else upper(each) for each in words)


def placed_in(text: str, operations: Iterable[Operation], graph: str) -> str:
    """The update with a graph for all that it says of none: what GRAPH and WITH would say."""
    edits: list[tuple[int, str]] = []
    for operation in operations:
        if operation.word("WITH"):
            continue
        if operation.word("WHERE") and operation.short is None:
            edits.append((operation.words[0].start, f"WITH <{graph}> "))
            continue
        for block in operation.blocks:
            for segment in block.segments:
                if segment.graph is None:
                    edits += [(segment.start, f"GRAPH <{graph}> {{ "), (segment.end, " }")]
    return _edited(text, edits)


def using(
    text: str, operations: Iterable[Operation], default: Sequence[str], named: Sequence[str]
) -> str:
    """The update with the dataset of its request (SPARQL 1.1 Protocol §2.2.3) in its own words.

    Raises BadRequest where it says one itself, by USING or WITH.
    """
    clauses = "".join(
        (*(f"USING <{each}> " for each in default), *(f"USING NAMED <{each}> " for each in named))
    )
    edits: list[tuple[int, str]] = []
    for operation in operations:
        if operation.word("USING") or operation.word("WITH"):
            raise BadRequest(variant="using")
        where = operation.word("WHERE")
        if where is None:
            continue
        block = operation.short
        pattern = f"{text[block.start : block.end]} " if block else ""
        edits.append((where.start, pattern + clauses))
    return _edited(text, edits)


def _edited(text: str, edits: Iterable[tuple[int, str]]) -> str:
    pieces: list[str] = []
    end = 0
    for offset, added in sorted(edits, key=lambda edit: edit[0]):
        pieces += [text[end:offset], added]
        end = offset
    return "".join((*pieces, text[end:]))
