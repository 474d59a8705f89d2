"""What tells a result from the others, the same on every run and wherever it moves to."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from pyoxigraph import BlankNode, Quad

from jalon.validation.port import Result, Term


class Fingerprints:
    """Fingerprints of the results on a document; of nodes without names by what is said of them.

    Results that nothing else tells apart are numbered.
    """

    def __init__(self, quads: Iterable[Quad], results: Iterable[Result]) -> None:
        nodes = {
            term
            for result in results
            for term in (result.focus, result.value)
            if isinstance(term, BlankNode)
        }
        self._described = _descriptions(quads, nodes) if nodes else {}
        self._given: dict[str, int] = defaultdict(int)

    def of(self, result: Result) -> str:
        """The fingerprint of a result. To be asked once for each, in the order of the report."""
        value = "" if result.value is None else self._text(result.value)
        rule = result.rule or result.component
        parts = (rule, result.component, self._text(result.focus), result.path or "", value)
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
        self._given[digest] += 1
        return f"{digest}:{self._given[digest]}"

    def _text(self, term: Term) -> str:
        return self._described.get(term, "[]") if isinstance(term, BlankNode) else str(term)


def _descriptions(quads: Iterable[Quad], nodes: set[BlankNode]) -> Mapping[Term, str]:
    """What is said of nodes, and of whom, as text in which no node without a name has one."""
    said: dict[Term, list[str]] = defaultdict(list)
    for quad in quads:
        if quad.subject in nodes:
            said[quad.subject].append(f"{quad.predicate} {_anonymous(quad.object)}")  # type: ignore[index]
        if quad.object in nodes:
            said[quad.object].append(f"{_anonymous(quad.subject)} {quad.predicate}")  # type: ignore[index]
    return {node: f"[{' ; '.join(sorted(lines))}]" for node, lines in said.items()}


def _anonymous(term: object) -> str:
    return "[]" if isinstance(term, BlankNode) else str(term)
