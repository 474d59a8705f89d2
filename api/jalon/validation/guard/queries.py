"""Queries in shapes: they read the data graph, by $this, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples, Store
from rdflib import SH, Graph
from rdflib.term import Node

from jalon.errors import QueryRefused, QueryTooComplex
from jalon.store.outline import OutlineLimits, read_outline
from jalon.store.tokens import Token, tokens
from jalon.validation.guard.naming import refused
from jalon.validation.shapes import prefix_owners

LIMITS = OutlineLimits(bytes=20_000, depth=30, operators=200)
"""How large a query in a shape may be; it runs once for each focus node."""

FORBIDDEN = frozenset({"MINUS", "VALUES"})
"""What SHACL's pre-binding does not allow (§5.2.1, appendix A), beside SERVICE."""

PRE_BOUND = frozenset({"this", "shapesGraph", "currentShape", "PATH"})
"""Variables with values from outside, which a query cannot give them (appendix A)."""

_BOUND = {SH.select: "this", SH.ask: "value"}
"""What each kind of query is asked with a value for; a query within it must give that on."""

_SHAPES_GRAPH = frozenset({"$shapesGraph", "?shapesGraph"})
_PATH = re.compile(r"\$PATH\b")
_PREFIX_NAME = re.compile(r"(?:[^\W\d_][\w.\-]*)?")
_IRI_TEXT = re.compile(r"""[^<>"{}|^`\\\x00-\x20]+""")


def check_queries(graph: Graph) -> None:
    """Raises ShapesRefused for a query that reaches further than its data, or cannot be read.

    GRAPH is taken with $shapesGraph alone: one engine passes over any other in silence.
    """
    for term in (SH.select, SH.ask):
        for constraint, text in graph.subject_objects(term):
            _check_query(graph, constraint, str(text))
            _check_subqueries(graph, constraint, str(text), _BOUND[term])


def _check_query(graph: Graph, constraint: Node, text: str) -> None:
    try:
        outline = read_outline(text, LIMITS)
    except QueryRefused as error:
        found = str(error.details["construct"])
        raise refused(graph, constraint, "query-construct", found=found) from error
    except QueryTooComplex as error:
        raise refused(graph, constraint, "query-size") from error
    if outline.default_graphs or outline.named_graphs:
        raise refused(graph, constraint, "query-construct", found="FROM")
    if _PATH.search(text) and _is_without_path(graph, constraint):
        raise refused(graph, constraint, "query-construct", found="$PATH")
    for word, following in pairwise([*tokens(text), Token("end", "", len(text))]):
        _check_word(graph, constraint, word, following)
    _check_readable(graph, constraint, text)


def _is_without_path(graph: Graph, constraint: Node) -> bool:
    """Whether a query is asked of things that no path leads to."""
    if (None, SH.nodeValidator, constraint) in graph:
        return True
    return any(
        (shape, SH.path, None) not in graph for shape in graph.subjects(SH.sparql, constraint)
    )


def _check_word(graph: Graph, constraint: Node, token: Token, following: Token) -> None:
    word = token.text.upper() if token.kind == "word" else ""
    if word in FORBIDDEN or word == "FROM":
        raise refused(graph, constraint, "query-construct", found=word)
    if word == "AS" and following.text[1:] in PRE_BOUND:
        raise refused(graph, constraint, "query-construct", found=f"AS {following.text}")
    if word == "GRAPH" and following.text not in _SHAPES_GRAPH:
        raise refused(graph, constraint, "query-graph", found=following.text[:200])


def _check_readable(graph: Graph, constraint: Node, text: str) -> None:
    answer = _answer(graph, constraint, text)
    if isinstance(answer, QuerySolutions):
        if "this" not in _selected(answer):
            raise refused(graph, constraint, "query-this")
    elif not isinstance(answer, QueryBoolean):
        raise refused(graph, constraint, "query-construct", found="CONSTRUCT, DESCRIBE")


def _answer(
    graph: Graph, constraint: Node, text: str
) -> QuerySolutions | QueryBoolean | QueryTriples:
    """What an empty store answers, with the prefixes that are declared for the query."""
    header = "".join(_prefixes(graph, constraint))
    try:
        return Store().query(header + _PATH.sub("<urn:jalon:path>", text))
    except SyntaxError as error:
        reason = str(error)[:200]
        raise refused(graph, constraint, "query-syntax", reason=reason) from error


def _selected(answer: QuerySolutions) -> set[str]:
    return {variable.value for variable in answer.variables}


def _check_subqueries(graph: Graph, constraint: Node, text: str, bound: str) -> None:
    """A query within a query selects what is bound beforehand (SHACL §5.2.1, appendix A)."""
    for inner in _subqueries(text):
        answer = _answer(graph, constraint, inner)
        if isinstance(answer, QuerySolutions) and bound not in _selected(answer):
            raise refused(graph, constraint, "query-subquery", found=f"${bound}")


def _subqueries(text: str) -> Iterator[str]:
    """The queries within a query, each up to the brace that closes it, with its prologue."""
    found = list(tokens(text))
    prologue = text[: next((one.start for one in found if _is_word(one, "SELECT", "ASK")), 0)]
    groups: list[int | None] = []
    for token in found:
        if token.text == "{":
            groups.append(None)
        elif token.text == "}" and groups:
            start = groups.pop()
            if start is not None:
                yield prologue + text[start : token.start]
        elif groups and _is_word(token, "SELECT"):
            groups[-1] = token.start


def _is_word(token: Token, *words: str) -> bool:
    return token.kind == "word" and token.text.upper() in words


def _prefixes(graph: Graph, constraint: Node) -> Iterable[str]:
    """Those of the owners that it names, and of what these import (SHACL §5.2.1)."""
    named = graph.objects(constraint, SH.prefixes)
    for owner in dict.fromkeys(owner for each in named for owner in prefix_owners(graph, each)):
        for declaration in graph.objects(owner, SH.declare):
            name = str(graph.value(declaration, SH.prefix) or "")
            namespace = str(graph.value(declaration, SH.namespace) or "")
            if not _PREFIX_NAME.fullmatch(name) or not _IRI_TEXT.fullmatch(namespace):
                raise refused(graph, owner, "prefix", found=name[:100])
            yield f"PREFIX {name}: <{namespace}> "
