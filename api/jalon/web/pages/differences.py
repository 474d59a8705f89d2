"""The page of what is different between two releases, in words: by thing, property and graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad
from rdflib import RDFS, BNode, Literal
from rdflib.term import Node

from jalon.services.differences import Change, Difference
from jalon.services.history import Release
from jalon.terms import SUBMITTED_GRAPHS
from jalon.validation.translation import rdflib_term
from jalon.web.pages.facts import graph_path_state
from jalon.web.pages.links import Link, Names, local_path
from jalon.web.pages.releases import ReleaseView, list_link, shortened, view
from jalon.web.pages.words import Text

LONGEST = 600
"""Characters of a value that the page shows."""

COMMITS = 10
"""How many of the releases between the two the page lists."""

GRAPHS, ORGANISATIONS = "graph/", "id/organisation/"
LABEL = NamedNode(str(RDFS.label))

Labels = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class ValueView:
    """A value that was removed or added; ``tag`` is the code of its language, or its datatype where
    that alone tells it from another."""

    link: Link
    tag: str = ""


@dataclass(frozen=True, slots=True)
class RowView:
    """What became of one property of a thing in one graph."""

    label: Link
    removed: tuple[ValueView, ...]
    added: tuple[ValueView, ...]
    graph: Text
    state: str

    @property
    def is_replaced(self) -> bool:
        """Whether one thing took the place of another."""
        return bool(self.removed and self.added)


@dataclass(frozen=True, slots=True)
class ThingChanges:
    """What became of a thing; ``path`` is the end of its IRI."""

    link: Link
    path: str
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of the whole is shown; ``earlier`` and ``later`` lead to those beside it."""

    first: str
    last: str
    total: str
    earlier: str
    later: str


@dataclass(frozen=True, slots=True)
class DifferencePage:
    """Everything that the page of two releases shows."""

    list: Link
    first: int
    second: int
    added: str
    removed: str
    things: tuple[ThingChanges, ...]
    paging: Paging
    commits: tuple[ReleaseView, ...]
    more_commits: int
    turned: str
    address: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what is different between two releases: the page of this number, from 1."""

    first: int
    second: int
    difference: Difference
    number: int = 1

    @property
    def is_there(self) -> bool:
        """Whether there is a page of this number; of no changes at all there is a first."""
        return 1 <= self.number <= self.difference.parts

    @property
    def span(self) -> slice:
        """Which changes are on the page, which is there."""
        return slice(*self.difference.bounds[self.number - 1 : self.number + 1])

    @property
    def changes(self) -> Sequence[Change]:
        """The changes on the page, which is there."""
        return self.difference.changes[self.span]


def iris_of(changes: Iterable[Change], bases: Sequence[str]) -> set[str]:
    """Every IRI that the changes mention, and the organisations that have submitted some."""
    quads = [change.quad for change in changes]
    terms = (term for quad in quads for term in (quad.subject, quad.predicate, quad.object))
    named = {term.value for term in terms if isinstance(term, NamedNode)}
    graphs = {quad.graph_name.value for quad in quads if isinstance(quad.graph_name, NamedNode)}
    return named | {each for each in map(partial(_submitter, bases), graphs) if each}


def labels_of(difference: Difference, known: Labels) -> Labels:
    """What things are called: by a name that was given between the releases, else by the one that
    they have now, else by the one that was taken from them."""
    taken: dict[str, dict[str, str]] = {}
    given: dict[str, dict[str, str]] = {}
    for change in difference.changes:
        if change.quad.predicate == LABEL:
            _note_label(given if change.added else taken, change.quad)
    return {
        iri: {**taken.get(iri, {}), **known.get(iri, {}), **given.get(iri, {})}
        for iri in {*taken, *known, *given}
    }


def difference_page(
    part: Part, commits: Sequence[Release], graphs: Labels, labels: Labels, names: Names
) -> DifferencePage:
    """The page of a part; ``commits`` are those between the releases, the newest first.

    ``graphs`` are the titles of graphs. Links lead to things as of the release that has them.
    """
    drawing = _Drawing(part, graphs, labels, names)
    language = names.words.language
    count = abs(part.second - part.first)
    return DifferencePage(
        list=list_link(names.words),
        first=part.first,
        second=part.second,
        added=names.words.count("count.statement-added", len(part.difference.added)),
        removed=names.words.count("count.removed", len(part.difference.removed)),
        things=tuple(drawing.things()),
        paging=drawing.paging(),
        commits=tuple(view(each, names, LONGEST) for each in commits),
        more_commits=count - len(commits),
        turned=f"/{language}/releases/{part.second}..{part.first}",
        address=f"/releases/{part.first}..{part.second}",
    )


class _Drawing:
    """Puts a part into words."""

    def __init__(self, part: Part, graphs: Labels, labels: Labels, names: Names) -> None:
        self._part = part
        self._graphs = graphs
        self._labels = labels
        self._words = names.words
        self._names = {
            added: replace(names, query=f"?release={release}")
            for added, release in ((False, part.first), (True, part.second))
        }

    def things(self) -> Iterable[ThingChanges]:
        """The things of the part with what became of them, in the order of their IRIs."""
        changes = self._part.changes
        for _, of_thing in groupby(changes, key=lambda change: str(change.quad.subject)):
            yield self._thing(list(of_thing))

    def paging(self) -> Paging:
        """Where the part stands in the whole."""
        here, number = self._part.span, self._part.number
        address = f"/{self._words.language}/releases/{self._part.first}..{self._part.second}"
        total = len(self._part.difference.changes)
        return Paging(
            first=self._words.number(min(here.start + 1, total)),
            last=self._words.number(here.stop),
            total=self._words.number(total),
            earlier=f"{address}?page={number - 1}" if number > 1 else "",
            later=f"{address}?page={number + 1}" if number < self._part.difference.parts else "",
        )

    def _thing(self, changes: Sequence[Change]) -> ThingChanges:
        subject = rdflib_term(changes[0].quad.subject)
        # What was taken from a thing altogether can be read in the first release alone.
        there = any(change.added for change in changes)
        rows = groupby(changes, key=lambda change: _row(change.quad))
        return ThingChanges(
            link=self._link(subject, added=there),
            path=local_path(subject, self._names[there].bases) or str(subject),
            rows=tuple(self._row(list(of_row)) for _, of_row in rows),
        )

    def _row(self, changes: Sequence[Change]) -> RowView:
        quad = changes[0].quad
        removed, added = (
            [rdflib_term(each.quad.object) for each in changes if each.added is side]
            for side in (False, True)
        )
        alike = {_words(each) for each in removed} & {_words(each) for each in added}
        graph, state = self._graph(quad)
        return RowView(
            label=self._link(rdflib_term(quad.predicate), added=True),
            removed=tuple(self._value(each, alike, added=False) for each in removed),
            added=tuple(self._value(each, alike, added=True) for each in added),
            graph=graph,
            state=state,
        )

    def _value(self, node: Node, alike: set[str], *, added: bool) -> ValueView:
        link = self._link(node, added=added)
        if not isinstance(node, Literal):
            return ValueView(link)
        datatype = ""
        if node.datatype is not None and _words(node) in alike:
            datatype = self._names[added].short(str(node.datatype))
        return ValueView(link, node.language or datatype)

    def _link(self, node: Node, *, added: bool) -> Link:
        names = self._names[added]
        if isinstance(node, Literal):
            text = self._words.literal(node)
            return Link(Text(shortened(text.text, LONGEST), text.language))
        if isinstance(node, BNode):
            return Link(Text(f"_:{node}"))
        return names.link(str(node), self._labels.get(str(node)))

    def _graph(self, quad: Quad) -> tuple[Text, str]:
        """A graph by its title, else by its name; and what it means that something stands there."""
        if isinstance(quad.graph_name, DefaultGraph):
            return Text(self._words.say("difference.unnamed")), ""
        iri = quad.graph_name.value
        path = (local_path(iri, self._names[True].bases) or "").removeprefix(GRAPHS)
        title = self._words.choose(self._graphs.get(iri, {}))
        return title or Text(self._graph_words(iri, path) or iri), graph_path_state(path)

    def _graph_words(self, iri: str, path: str) -> str:
        """What a graph without a title is called; empty where there are no words for it."""
        kind, _, name = path.partition("/")
        submitter = _submitter(self._names[True].bases, iri)
        known = self._words.choose(self._labels.get(submitter, {}))
        key = f"graph.{kind}"
        named = known.text if known else name
        return self._words.say(key, name=named) if self._words.knows(key) else path


def _note_label(found: dict[str, dict[str, str]], quad: Quad) -> None:
    value = quad.object
    if isinstance(quad.subject, NamedNode) and isinstance(value, pyoxigraph.Literal):
        found.setdefault(quad.subject.value, {})[value.language or ""] = value.value


def _submitter(bases: Sequence[str], graph: str) -> str:
    """The organisation whose graph of submissions this is; empty where it is none."""
    for base in bases:
        if graph.startswith(base + SUBMITTED_GRAPHS):
            return base + ORGANISATIONS + graph.removeprefix(base + SUBMITTED_GRAPHS)
    return ""


def _row(quad: Quad) -> tuple[str, str]:
    return str(quad.predicate), str(quad.graph_name)


def _words(node: Node) -> str:
    return f"{node}@{getattr(node, 'language', None) or ''}"
