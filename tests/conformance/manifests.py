"""The W3C's manifests, read: each entry is one test, with all that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from rdflib import RDF, RDFS, Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

from conformance.exchanges import Exchange, read_exchanges

SUITES = Path(__file__).parents[3] / "shared" / "w3c" / "sparql"
"""Where the suites stand, beside the checkout; they are no part of it."""

ABSENT = "the W3C test suites (../shared/w3c/sparql) are not on this machine"

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")

NOT_RUN = frozenset({"entailment", "service", "syntax-fed"})
"""Folders that are not run: docs/conformance.md says why."""

Kind = Literal[
    "query", "syntax", "bad-syntax", "update", "protocol", "graph-store", "service-description"
]
KINDS: dict[str, Kind] = {
    "QueryEvaluationTest": "query",
    "CSVResultFormatTest": "query",
    "PositiveSyntaxTest": "syntax",
    "PositiveSyntaxTest11": "syntax",
    "PositiveUpdateSyntaxTest11": "syntax",
    "NegativeSyntaxTest": "bad-syntax",
    "NegativeSyntaxTest11": "bad-syntax",
    "NegativeUpdateSyntaxTest11": "bad-syntax",
    "UpdateEvaluationTest": "update",
    "ProtocolTest": "protocol",
    "GraphStoreProtocolTest": "graph-store",
    "ServiceDescriptionTest": "service-description",
}


@dataclass(frozen=True, slots=True)
class State:
    """What a store holds: the files of the unnamed graph, and each named graph with its file."""

    unnamed: tuple[Path, ...] = ()
    named: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One test. ``base`` is what relative IRIs in its files are relative to.

    ``text`` is the query or update; ``before`` is what it is asked of, ``result`` the answer of a
    query and ``after`` what an update leaves. ``lax``: an answer may leave repeated rows out.
    ``requires`` names what a server must offer for the test to be run on it.
    """

    iri: str
    suite: str
    kind: Kind
    base: str
    text: Path | None = None
    before: State = field(default_factory=State)
    result: Path | None = None
    after: State = field(default_factory=State)
    lax: bool = False
    exchanges: tuple[Exchange, ...] = ()
    requires: frozenset[str] = frozenset()

    @property
    def only_reads(self) -> bool:
        """Whether it leaves alone what a server holds, so that others can share it."""
        return self.kind in {"query", "service-description"} or (
            "syntax" in self.kind and not self.is_update
        )

    @property
    def is_update(self) -> bool:
        """Whether its text is an update."""
        return self.text is not None and self.text.suffix == ".ru"

    def iri_of(self, path: Path) -> str:
        """The IRI of a file of the suite, which relative IRIs in it are resolved against."""
        return self.base + path.name


def read_entries(suites: Path = SUITES) -> list[Entry]:
    """Every test that is run, in the order of folders and manifests. An IRI stands once."""
    found: dict[str, Entry] = {}
    for version in ("sparql10", "sparql11"):
        for path in sorted((suites / version).glob("*/manifest*.ttl")):
            if path.parent.name not in NOT_RUN:
                found.update((entry.iri, entry) for entry in _Manifest(path).entries())
    return list(found.values())


class _Manifest:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._graph = Graph().parse(path, publicID=path.parent.as_uri() + "/")

    def entries(self) -> Iterator[Entry]:
        for listed in self._graph.objects(None, MF.entries):
            for test in Collection(self._graph, listed):
                yield self._entry(test)

    def _entry(self, test: Node) -> Entry:
        graph, iri = self._graph, str(test)
        kind = KINDS[_local(graph.value(test, RDF.type))]
        action = graph.value(test, MF.action)
        result = graph.value(test, MF.result)
        text = self._text(action)
        base = iri.partition("manifest#")[0]
        return Entry(
            iri=iri,
            suite=self._suite(kind, text),
            kind=kind,
            base=base,
            text=text,
            before=self._state(test if kind == "protocol" else action, base),
            result=_path(result) if kind == "query" else None,
            after=self._state(result, base) if kind == "update" else State(),
            lax=(test, MF.resultCardinality, MF.LaxCardinality) in graph,
            exchanges=read_exchanges(graph, action),
            requires=self._required(test) if kind == "graph-store" else frozenset(),
        )

    def _required(self, test: Node) -> frozenset[str]:
        """What a test of the graph store requires; older ones name what every engine has by now."""
        return frozenset(_local(each) for each in self._graph.objects(test, MF.requires))

    def _suite(self, kind: Kind, text: Path | None) -> str:
        if kind in {"protocol", "service-description"}:
            return kind.replace("-", " ")
        if kind == "graph-store":
            return f"graph store, {self._path.stem.rpartition('-')[2]}"
        version = "1.0" if self._path.parents[1].name == "sparql10" else "1.1"
        language = "update" if text is not None and text.suffix == ".ru" else "query"
        return f"{version} {language} {'syntax' if 'syntax' in kind else 'evaluation'}"

    def _text(self, action: Node | None) -> Path | None:
        for name in (QT.query, UT.request):
            value = self._graph.value(action, name)
            if value is not None:
                return _path(value)
        return _path(action)

    def _state(self, node: Node | None, base: str) -> State:
        unnamed = (_path(each) for each in self._all(node, QT.data, UT.data))
        named = (self._named(each, base) for each in self._all(node, QT.graphData, UT.graphData))
        return State(tuple(sorted(filter(None, unnamed))), tuple(sorted(named)))

    def _all(self, node: Node | None, *names: Node) -> Iterator[Node]:
        for name in names:
            yield from self._graph.objects(node, name)

    def _named(self, node: Node, base: str) -> tuple[str, Path]:
        """A graph of a dataset: its label is its name, or else its file is."""
        path = _path(self._graph.value(node, UT.graph) or node)
        label = self._graph.value(node, RDFS.label)
        if path is None:
            raise ValueError(f"{self._path}: {node} is no file")
        return (base + path.name if label is None else str(label), path)


def _local(node: Node | None) -> str:
    return str(node).rpartition("#")[2]


def _path(node: Node | None) -> Path | None:
    """The file that an IRI of a manifest names; None for a blank node, or nothing."""
    parts = urlsplit(str(node))
    return Path(unquote(parts.path)) if parts.scheme == "file" else None
