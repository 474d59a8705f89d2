"""Queries in shapes: they read the data graph, by $this, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from pyoxigraph import QueryBoolean, QuerySolutions, Store
from rdflib import SH, Graph
from rdflib.term import Node

from jalon.errors import QueryRefused, QueryTooComplex
from jalon.store.outline import OutlineLimits, read_outline
from jalon.store.tokens import Token, tokens
from jalon.validation.guard.naming import refused

LIMITS = OutlineLimits(bytes=20_000, depth=30, operators=200)
"""How large a query in a shape may be; it runs once for each focus node."""

FORBIDDEN = frozenset({"MINUS", "VALUES"})
"""What SHACL's pre-binding does not allow (§5.2.1, appendix A), beside SERVICE."""

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
    for word, following in pairwise([*tokens(text), Token("end", "", len(text))]):
        _check_word(graph, constraint, word, following)
    _check_readable(graph, constraint, text)


def _check_word(graph: Graph, constraint: Node, token: Token, following: Token) -> None:
    word = token.text.upper() if token.kind == "word" else ""
    if word in FORBIDDEN or word == "FROM":
        raise refused(graph, constraint, "query-construct", found=word)
    if word == "GRAPH" and following.text not in _SHAPES_GRAPH:
        raise refused(graph, constraint, "query-graph", found=following.text[:200])


def _check_readable(graph: Graph, constraint: Node, text: str) -> None:
    """Asks it of an empty store, with the prefixes that are declared for it."""
    query = _PATH.sub("<urn:jalon:path>", text)
    header = "".join(_prefixes(graph, constraint))
    try:
        answer = Store().query(header + query)
    except SyntaxError as error:
        reason = str(error)[:200]
        raise refused(graph, constraint, "query-syntax", reason=reason) from error
    if isinstance(answer, QuerySolutions):
        names = {variable.value for variable in answer.variables}
        if "this" not in names:
            raise refused(graph, constraint, "query-this")
    elif not isinstance(answer, QueryBoolean):
        raise refused(graph, constraint, "query-construct", found="CONSTRUCT, DESCRIBE")


def _prefixes(graph: Graph, constraint: Node) -> Iterable[str]:
    for owner in graph.objects(constraint, SH.prefixes):
        for declaration in graph.objects(owner, SH.declare):
            name = str(graph.value(declaration, SH.prefix) or "")
            namespace = str(graph.value(declaration, SH.namespace) or "")
            if not _PREFIX_NAME.fullmatch(name) or not _IRI_TEXT.fullmatch(namespace):
                raise refused(graph, owner, "prefix", found=name[:100])
            yield f"PREFIX {name}: <{namespace}> "
