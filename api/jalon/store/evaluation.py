"""One query evaluated over its dataset, in a worker process; it imports little."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import IO, Literal, TypedDict

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    serialize,
)

from jalon.store.copying import Graph, copy_of

DETAIL_CHARACTERS = 500
KEPT_TRIPLES = 50_000
"""Merged graphs that hold more are merged anew each time; so many take 30 MB and half a second."""

UNREAD_BOOLEAN = re.compile(r"\b(?!true\b|false\b)(?i:true|false)\b")
"""A boolean, or what looks like one, in letters that the engine does not take."""

UNKNOWN_FUNCTION = re.compile(r"custom function <(.*?)> is not supported")

Result = QuerySolutions | QueryBoolean | QueryTriples | Iterator[Triple]
Outcome = Literal[
    "answer",
    "syntax",
    "function",
    "graph",
    "merge",
    "not-acceptable",
    "unsandboxed",
]


class JobTerms(TypedDict):
    """What many jobs have in common.

    ``state`` changes when the content of the ``checkpoint`` does. Relative IRIs resolve against
    ``base``, unless the text says another. ``default`` and ``named`` are
    graph IRIs or None (what is shown and entailed, every named graph), ``entailed`` is the graph of
    entailed triples or None, and ``entailment`` whether None stands for it, too. The formats are
    media types or None, ``memory`` is bytes, ``seconds`` of processor time, ``merged`` the most
    triples to merge.
    """

    checkpoint: str
    state: str
    base: str
    default: list[str] | None
    named: list[str] | None
    entailed: str | None
    entailment: bool
    solutions: str | None
    graph: str | None
    memory: int
    seconds: int
    merged: int


class Job(JobTerms):
    """What the process is asked."""

    text: str


class Declined(Exception):
    """The query gets no answer, for a reason that the caller is told."""

    def __init__(self, outcome: Outcome, detail: str = "") -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.detail = detail[:DETAIL_CHARACTERS]


class Merges:
    """The graphs that were merged last: who asks them once often asks again."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._store: Store | None = None

    def store(self, job: Job, merge: Callable[[], Store]) -> Store:
        """The merged graphs of a job: kept since they were asked last, else merged now."""
        graphs = (tuple(job["default"] or ()), None if job["named"] is None else (*job["named"],))
        key = (job["state"], job["entailment"], *graphs)
        if self._store is None or self._key != key:
            # Never two at a time: what is kept is memory that queries lack.
            self._store = None
            store = merge()
            if len(store) > KEPT_TRIPLES:
                return store
            self._key, self._store = key, store
        return self._store


def evaluate(job: Job, store: Store, merges: Merges) -> Result:
    """The result of the job's query over its dataset, most of it not yet computed."""
    default = default_graphs(job)
    named = named_graphs(job, store)
    if job["default"] is not None and len(default) > 1:
        apart, several = store, default
        store = merges.store(job, lambda: merged(apart, several, named, job["merged"]))
        default = [DefaultGraph()]
    copy = copy_of(job["text"])
    if copy is not None:
        # What is shown and what is entailed are disjoint; graphs that were named have been merged.
        return copy.triples(store, default)
    try:
        # Naming a default graph turns the query's own FROM clauses off.
        text, base = readable(job["text"]), job["base"]
        return store.query(text, base_iri=base, default_graph=default, named_graphs=named)
    except SyntaxError as error:
        raise Declined("syntax", str(error)) from error
    except RuntimeError as error:
        raise unknown_function(error) from error


def readable(text: str) -> str:
    """A query's text as the engine reads it: with its booleans in lower case.

    They are keywords, which SPARQL takes in any case (§19.8, note 1), and the engine in lower case
    alone. Every token stays where it is.
    """
    if UNREAD_BOOLEAN.search(text) is None:
        return text
    # It takes a third as long as starting the process, and hardly any query needs it.
    from jalon.store.tokens import tokens  # noqa: PLC0415

    pieces, end = [], 0
    for token in tokens(text):
        if token.kind == "word" and UNREAD_BOOLEAN.fullmatch(token.text):
            pieces += [text[end : token.start], token.text.lower()]
            end = token.start + len(token.text)
    return "".join(pieces) + text[end:]


def default_graphs(job: Job) -> list[Graph]:
    """The graphs that make up the default graph; unless they were named, they are disjoint."""
    if job["default"] is not None:
        return [*graphs(job["default"])]
    entailed = job["entailed"] if job["entailment"] else None
    return [DefaultGraph(), *graphs([entailed])] if entailed else [DefaultGraph()]


def named_graphs(job: Job, store: Store) -> list[NamedNode | BlankNode] | None:
    """The graphs that GRAPH can name; None for every one."""
    if job["named"] is not None:
        return [*graphs(job["named"])]
    if job["entailment"] or job["entailed"] is None:
        return None
    hidden = NamedNode(job["entailed"])
    return [graph for graph in store.named_graphs() if graph != hidden]


def graphs(names: list[str]) -> list[NamedNode]:
    """The graph names as terms, each once."""
    try:
        return [NamedNode(name) for name in dict.fromkeys(names)]
    except ValueError as error:
        raise Declined("graph", str(error)) from error


def merged(
    store: Store, default: list[Graph], named: list[NamedNode | BlankNode] | None, budget: int
) -> Store:
    """A store in memory whose unnamed graph is the set of the default graphs' triples.

    The engine itself gives a row for each graph that holds a triple. Declined when the triples
    of all the graphs of the dataset are more than the budget.
    """
    moves: list[tuple[Graph, Graph]] = [(graph, DefaultGraph()) for graph in default]
    moves += [(graph, graph) for graph in (store.named_graphs() if named is None else named)]
    copy = Store()
    left = budget
    for graph, target in moves:
        quads = list(islice(store.quads_for_pattern(None, None, None, graph), left + 1))
        left -= len(quads)
        if left < 0:
            raise Declined("merge")
        copy.extend(Quad(quad.subject, quad.predicate, quad.object, target) for quad in quads)
    return copy


def unknown_function(error: RuntimeError) -> Exception:
    """The engine says in words alone that it lacks a function; its other errors stay errors."""
    match = UNKNOWN_FUNCTION.search(str(error))
    return Declined("function", match.group(1)) if match else error


def wanted(result: Result, job: Job) -> tuple[str, str]:
    """The kind of a result and the media type to write it in; Declined when none is taken."""
    if isinstance(result, QuerySolutions | QueryBoolean):
        kind = "boolean" if isinstance(result, QueryBoolean) else "solutions"
        media_type = job["solutions"]
    else:
        kind, media_type = "graph", job["graph"]
    if media_type is None:
        raise Declined("not-acceptable", kind)
    return kind, media_type


def serialise(result: Result, media_type: str, out: IO[bytes]) -> None:
    """Writes the result as it is computed."""
    if isinstance(result, QuerySolutions | QueryBoolean):
        result.serialize(out, _results_format(media_type))
    elif isinstance(result, QueryTriples):
        result.serialize(out, _rdf_format(media_type))
    else:
        serialize(result, out, _rdf_format(media_type))


@lru_cache(maxsize=16)
def _rdf_format(media_type: str) -> RdfFormat | None:
    return RdfFormat.from_media_type(media_type)


@lru_cache(maxsize=16)
def _results_format(media_type: str) -> QueryResultsFormat | None:
    return QueryResultsFormat.from_media_type(media_type)
