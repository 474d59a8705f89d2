"""Blank nodes of what was submitted get IRIs, the same for the same document."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pyoxigraph import BlankNode, NamedNode, Quad
from rdflib import RDF

from jalon.store.shown import Term
from jalon.validation.submitted.ordering import Link, Ordering

DIGITS = 16
UNTYPED = "node"

_TYPE = NamedNode(str(RDF.type))
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_KIND = re.compile(r"[a-z]+(-[a-z]+)*")


def with_iris(quads: Sequence[Quad], base: str, organisation: str) -> tuple[Quad, ...]:
    """The quads with an IRI for each blank node: ``id/period/calq-1f0c…`` for one of a period.

    It depends on what is said of the node, and of the blank nodes that it is linked with; not on
    labels, nor on what else a document says, nor on the order of either, unless where Ordering says
    so: who sends the same again names the same.
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
    for quad in dict.fromkeys(quads):
        for term in dict.fromkeys((quad.subject, quad.object)):
            if isinstance(term, BlankNode):
                around[term].append(quad)
    taken: Counter[str] = Counter()
    names: dict[Term, NamedNode] = {}
    for together in _together(around):
        order, text = _described(together, around)
        # Those that nothing tells apart are told apart by their number, whichever has which.
        taken[text] += 1
        for place, node in enumerate(order):
            digits = _digest(text, str(place), str(taken[text]))
            kind = _kind(node, around[node])
            names[node] = NamedNode(f"{base}id/{kind}/{organisation}-{digits}")
    return names


def _together(around: Mapping[BlankNode, Iterable[Quad]]) -> Iterator[list[BlankNode]]:
    """The blank nodes that are linked, also by others, in the order in which they are met."""
    met: set[BlankNode] = set()
    for first in around:
        if first in met:
            continue
        met.add(first)
        found = [first]
        for node in found:
            for other in _linked(around[node]):
                if other not in met:
                    met.add(other)
                    found.append(other)
        yield found


def _linked(said: Iterable[Quad]) -> Iterator[BlankNode]:
    for quad in said:
        for term in (quad.subject, quad.object):
            if isinstance(term, BlankNode):
                yield term


def _described(
    nodes: Sequence[BlankNode], around: Mapping[BlankNode, Sequence[Quad]]
) -> tuple[list[BlankNode], str]:
    """Nodes that are linked in an order of their own, and a digest of all that is said of them."""
    number = {node: each for each, node in enumerate(nodes)}
    said: list[str] = []
    links: list[list[Link]] = []
    for node in nodes:
        alone: list[str] = []
        linked: list[Link] = []
        for quad in around[node]:
            if isinstance(quad.subject, BlankNode) and quad.subject != node:
                linked.append((f"< {quad.predicate}", number[quad.subject]))
            elif isinstance(quad.object, BlankNode) and quad.object != node:
                linked.append((f"> {quad.predicate}", number[quad.object]))
            else:
                alone.append(_shown(quad, node))
        said.append("\n".join(sorted(alone)))
        links.append(linked)
    places = Ordering(said, links).places()
    order = sorted(nodes, key=lambda node: places[number[node]])
    parts = [""] * len(nodes)
    for each, place in enumerate(places):
        seen = sorted(f"{said_of} {places[other]}" for said_of, other in links[each])
        parts[place] = repr((said[each], seen))
    return order, _digest(*parts)


def _shown(quad: Quad, node: BlankNode) -> str:
    subject, value = ("self" if term == node else str(term) for term in (quad.subject, quad.object))
    return f"{subject} {quad.predicate} {value}"


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
