"""Which blank node of a document's reader is which of the parser's.

The parser gives blank nodes names of its own. Nodes are told apart by what is said of them, and of
what that is said of, some steps far; those that are alike, by their order. What is found so is held
against the parser's triples: a node is matched where every triple about it, and about all nodes
that hang together with it, is the same for both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping

from pyoxigraph import BlankNode

from jalon.validation.port import Term

ROUNDS = 6
"""How many steps far nodes are looked at."""

Said = tuple[Term, Term, Term]
Colours = dict[BlankNode, Hashable]


def matched(mine: Iterable[Said], theirs: Iterable[Said]) -> Mapping[BlankNode, BlankNode]:
    """The nodes of ``mine`` that are surely nodes of ``theirs``.

    In time linear in the triples with blank nodes.
    """
    own, others = _with_blanks(mine), _with_blanks(theirs)
    own_nodes, other_nodes = _grouped(_colours(own)), _grouped(_colours(others))
    guess = {
        node: other
        for colour, nodes in own_nodes.items()
        if len(nodes) == len(other_nodes.get(colour, ()))
        for node, other in zip(nodes, other_nodes[colour], strict=True)
    }
    unsure = _unsure(own, others, guess)
    return {node: other for node, other in guess.items() if node not in unsure}


def _unsure(own: list[Said], others: list[Said], guess: Mapping[BlankNode, BlankNode]) -> set[Term]:
    """The nodes that are not matched, or not as it is guessed; with all that hang together.

    What is left is matched triple by triple, as far as nodes lead to nodes: nothing tells it from
    what the parser means.
    """
    known = set(others)
    counts, other_counts = _counts(own), _counts(others)
    linked: dict[Term, list[Term]] = defaultdict(list)
    doubtful: list[Term] = []
    for said in own:
        subject, predicate, value = said
        renamed = (_renamed(subject, guess), predicate, _renamed(value, guess))
        nodes = [term for term in (subject, value) if isinstance(term, BlankNode)]
        if renamed not in known:
            doubtful += nodes
        doubtful += [
            node for node in nodes if node not in guess or counts[node] != other_counts[guess[node]]
        ]
        for node in nodes:
            linked[node] += nodes
    unsure: set[Term] = set()
    while doubtful:
        doubted = doubtful.pop()
        if doubted not in unsure:
            unsure.add(doubted)
            doubtful += linked[doubted]
    return unsure


def _with_blanks(triples: Iterable[Said]) -> list[Said]:
    return list(
        dict.fromkeys(
            said
            for said in triples
            if isinstance(said[0], BlankNode) or isinstance(said[2], BlankNode)
        )
    )


def _colours(triples: list[Said]) -> Colours:
    """What each node looks like: alike for nodes that are alike as far as ROUNDS steps show."""
    nodes = (node for subject, _, value in triples for node in (subject, value))
    colours: Colours = {node: 0 for node in nodes if isinstance(node, BlankNode)}
    kinds = 1
    for _ in range(ROUNDS):
        colours = _looked_at(triples, colours)
        found = len(set(colours.values()))
        if found in (kinds, len(colours)):
            break
        kinds = found
    return colours


def _looked_at(triples: list[Said], colours: Colours) -> Colours:
    """The colours after another step: by what is said of each node, and of whom it is said."""
    seen: dict[BlankNode, list[int]] = {node: [] for node in colours}
    for subject, predicate, value in triples:
        if isinstance(subject, BlankNode):
            seen[subject].append(hash((0, predicate, _shade(value, colours))))
        if isinstance(value, BlankNode):
            seen[value].append(hash((1, predicate, _shade(subject, colours))))
    return {node: hash((colours[node], *sorted(looks))) for node, looks in seen.items()}


def _shade(term: Term, colours: Colours) -> Hashable:
    return colours[term] if isinstance(term, BlankNode) else term


def _grouped(colours: Colours) -> Mapping[Hashable, list[BlankNode]]:
    groups: dict[Hashable, list[BlankNode]] = defaultdict(list)
    for node, colour in colours.items():
        groups[colour].append(node)
    return groups


def _renamed(term: Term, names: Mapping[BlankNode, BlankNode]) -> Term | None:
    return names.get(term) if isinstance(term, BlankNode) else term


def _counts(triples: list[Said]) -> Mapping[Term, int]:
    counts: dict[Term, int] = defaultdict(int)
    for subject, _, value in triples:
        for node in {subject, value}:
            counts[node] += 1
    return counts
