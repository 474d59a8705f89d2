"""Blank nodes of what was submitted get IRIs, the same for the same document."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pyoxigraph import BlankNode, NamedNode, Quad
from rdflib import RDF

from jalon.store.shown import Term

ROUNDS = 8
"""How far away a difference may be that tells two blank nodes apart; else their order does."""

DIGITS = 16
UNTYPED = "node"

_TYPE = NamedNode(str(RDF.type))
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_KIND = re.compile(r"[a-z]+(-[a-z]+)*")


def with_iris(quads: Sequence[Quad], base: str, organisation: str) -> tuple[Quad, ...]:
    """The quads with an IRI for each blank node: ``id/period/calq-1f0c…`` for one of a period.

    It depends on what is said of the node and with what it is said, not on its label, nor on what
    else a document says: who sends the same again names the same.
    """
    names = _names(quads, base, organisation)
    if not names:
        return tuple(quads)

    def named(term: Term) -> Term:
        return names.get(term, term) if isinstance(term, BlankNode) else term

    return tuple(
        Quad(named(quad.subject), quad.predicate, named(quad.object), quad.graph_name)  # type: ignore[arg-type]
        for quad in quads
    )


def is_given(iri: str, base: str, organisation: str) -> bool:
    """Whether an IRI is of the form that blank nodes of an organisation are given."""
    slug = iri.rpartition("/")[2]
    start = f"{organisation}-"
    digits = slug.removeprefix(start)
    return (
        iri.startswith(f"{base}id/")
        and slug.startswith(start)
        and re.fullmatch(f"[0-9a-f]{{{DIGITS}}}", digits) is not None
    )


def _names(quads: Sequence[Quad], base: str, organisation: str) -> Mapping[Term, NamedNode]:
    around: dict[BlankNode, list[Quad]] = defaultdict(list)
    for quad in quads:
        for term in dict.fromkeys((quad.subject, quad.object)):
            if isinstance(term, BlankNode):
                around[term].append(quad)
    colours = _colours(around)
    taken: dict[str, int] = {}
    names: dict[Term, NamedNode] = {}
    # In the order in which they are met, so that those that nothing tells apart keep their names.
    for node, said in around.items():
        colour = colours[node]
        taken[colour] = taken.get(colour, 0) + 1
        digits = _digest(colour, str(taken[colour]))
        kind = _kind(node, said)
        names[node] = NamedNode(f"{base}id/{kind}/{organisation}-{digits}")
    return names


def _colours(around: Mapping[BlankNode, Sequence[Quad]]) -> Mapping[Term, str]:
    """A digest for each blank node of what is around it, up to so many steps away."""
    colours: dict[Term, str] = dict.fromkeys(around, "")
    for _ in range(ROUNDS):
        refined: dict[Term, str] = {
            node: _digest(*_seen(node, around[node], colours)) for node in around
        }
        if len(set(refined.values())) == len(set(colours.values())) and any(colours.values()):
            return refined
        colours = refined
    return colours


def _seen(node: BlankNode, said: Iterable[Quad], colours: Mapping[Term, str]) -> list[str]:
    def shown(term: Term) -> str:
        if term == node:
            return "self"
        return colours[term] if isinstance(term, BlankNode) else str(term)

    return sorted(f"{shown(q.subject)} {q.predicate} {shown(q.object)}" for q in said)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:DIGITS]


def _kind(node: BlankNode, said: Iterable[Quad]) -> str:
    """The kind of thing by the name of its class; the first of several in order."""
    classes = sorted(
        quad.object.value
        for quad in said
        if quad.subject == node and quad.predicate == _TYPE and isinstance(quad.object, NamedNode)
    )
    for iri in classes:
        kind = _HUMP.sub("-", re.split(r"[#/]", iri)[-1]).lower()
        if _KIND.fullmatch(kind):
            return kind
    return UNTYPED
