"""Literals as they were written, and as the index keeps them (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

_NUMBERED = "urn:x-jalon:"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A literal that the index would keep in another form.

    ``is_retyped``: of another datatype, which is another value to whoever asks for its datatype.
    """

    quad: Quad
    kept: Literal

    @property
    def is_retyped(self) -> bool:
        """Whether its datatype would be another."""
        return isinstance(self.quad.object, Literal) and (
            self.quad.object.datatype != self.kept.datatype
        )


def exact_forms(quads: Iterable[Quad]) -> dict[Quad, Quad]:
    """Quads as they were written, by the form in which the index keeps them."""
    given = tuple(quads)
    kept = _kept(given)
    return {_with(quad, kept): quad for quad in given}


def rewritten(quads: Iterable[Quad]) -> Iterator[Rewritten]:
    """The literals of quads that the index would keep in another form, in their order."""
    given = tuple(quads)
    kept = _kept(given)
    for quad in given:
        value = quad.object
        if isinstance(value, Literal) and kept[value] != value:
            yield Rewritten(quad, kept[value])


def _kept(quads: Iterable[Quad]) -> Mapping[Literal, Literal]:
    """Every literal of quads with the form in which the index keeps it."""
    literals = list(dict.fromkeys(q.object for q in quads if isinstance(q.object, Literal)))
    if not literals:
        return {}
    name, index = NamedNode(_NUMBERED), Store()
    index.extend(
        Quad(NamedNode(f"{_NUMBERED}{number}"), name, literal, DefaultGraph())
        for number, literal in enumerate(literals)
    )
    found = {literals[int(q.subject.value.removeprefix(_NUMBERED))]: q.object for q in index}
    return {literal: kept for literal, kept in found.items() if isinstance(kept, Literal)}


def _with(quad: Quad, kept: Mapping[Literal, Literal]) -> Quad:
    value = quad.object
    if not isinstance(value, Literal) or kept[value] == value:
        return quad
    return Quad(quad.subject, quad.predicate, kept[value], quad.graph_name)
