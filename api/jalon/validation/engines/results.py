"""Results from the report graph that every engine writes (SHACL §3.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple
from rdflib import SH

from jalon.validation.port import Found, Term

_RESULT = str(SH.result)
Properties = dict[str, list[Term]]


def found_in(report: Iterable[Triple | Quad], original: Callable[[Term], Term]) -> Iterator[Found]:
    """The results of a report; ``original`` gives a term of the data its own label back."""
    nodes: dict[object, Properties] = {}
    results: list[Term] = []
    for triple in report:
        subject, predicate, value = triple.subject, triple.predicate.value, triple.object
        if isinstance(value, Triple):
            continue
        if predicate == _RESULT:
            results.append(value)
        nodes.setdefault(subject, {}).setdefault(predicate, []).append(value)
    for result in results:
        yield _found(nodes[result], original)


def _found(said: Properties, original: Callable[[Term], Term]) -> Found:
    path = _one(said, SH.resultPath)
    value = _one(said, SH.value)
    constraint = _one(said, SH.sourceConstraint)
    texts = (
        text.value
        for text in said.get(str(SH.resultMessage), ())
        if not isinstance(text, BlankNode)
    )
    return Found(
        focus=original(said[str(SH.focusNode)][0]),
        shape=_name(said[str(SH.sourceShape)][0]),
        component=_name(said[str(SH.sourceConstraintComponent)][0]),
        severity=_name(said[str(SH.resultSeverity)][0]),
        path=path.value if isinstance(path, NamedNode) else None,
        value=None if value is None else original(value),
        constraint=None if constraint is None else _name(constraint),
        texts=tuple(sorted(texts)),
    )


def _one(said: Properties, term: str) -> Term | None:
    return next(iter(said.get(str(term), ())), None)


def _name(term: Term) -> str:
    return term.value if isinstance(term, NamedNode | Literal | BlankNode) else str(term)
