"""The page of a plan: its orientations, objectives and measures; its projects; its schedule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from rdflib import DCTERMS, RDF, RDFS, SKOS, URIRef
from rdflib.term import Node

from jalon.services.describing import Said
from jalon.terms import AP
from jalon.web.pages.facts import Facts
from jalon.web.pages.links import Link, Names
from jalon.web.pages.titles import Titles
from jalon.web.pages.words import Text

LEVELS = 2
"""How deep a plan is laid out: orientations, their objectives, their measures."""

LEGEND = ("stated", "inferred", "derived", "not-in-source", "conflicting")
"""The states that the page of a plan shows."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of money or a figure, and how it is known; ``note`` says how it was derived."""

    text: Text
    state: str
    link: Link
    named: bool
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of the plan with its number, what it carries, and its own parts."""

    number: str
    numbered: str
    link: Link
    sums: tuple[Sum, ...]
    periods: tuple[tuple[Text, str], ...]
    concepts: tuple[Link, ...]
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A milestone: its words and its year; empty where the source states none."""

    link: Link
    year: str
    known_absent: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the schedule; the milestones stand in blocks, in the order of print."""

    numbered: Link
    named: Text | None
    sectors: tuple[Link, ...]
    measures: tuple[tuple[Link, str], ...]
    blocks: tuple[tuple[Step, ...], ...]


@dataclass(frozen=True, slots=True)
class PlanPage:
    """Everything that the page of a plan shows."""

    iri: str
    title: Text
    acronym: str
    years: Text | None
    page: str
    statements: tuple[Text, ...]
    figures: tuple[Sum, ...]
    orientations: tuple[Branch, ...]
    measures: tuple[Branch, ...]
    projects: tuple[Branch, ...]
    timeline: tuple[Text, ...]
    entries: tuple[Entry, ...]
    notes: tuple[tuple[str, Text], ...]
    counted: tuple[str, ...]
    states: tuple[str, ...]


def plan_page(plan: str, said: Sequence[Said], names: Names) -> PlanPage:
    """The page of a plan from its outline."""
    return _Drawing(URIRef(plan), Facts(said, names.bases), names).page()


class _Drawing:
    """Draws one plan."""

    def __init__(self, plan: URIRef, facts: Facts, names: Names) -> None:
        self._plan = plan
        self._facts = facts
        self._names = names
        self._titles = Titles(facts, names, facts.labels())

    def page(self) -> PlanPage:
        facts, plan = self._facts, self._plan
        entries = tuple(self._entry(each) for each in self._parts(plan, AP.ScheduleEntry))
        return PlanPage(
            iri=str(plan),
            title=self._titles.link(plan).text,
            acronym=facts.text(plan, AP.acronym),
            years=self._titles.years(plan),
            page=self._names.href(str(plan)),
            statements=tuple(self._statements(plan)),
            figures=(*self._sums(plan), *self._figures(plan)),
            orientations=tuple(map(self._branch, self._parts(plan, AP.Orientation))),
            measures=tuple(map(self._branch, self._parts(plan, AP.Measure))),
            projects=tuple(map(self._branch, self._parts(plan, AP.Project))),
            timeline=tuple(self._timeline()),
            entries=entries,
            notes=tuple(self._notes(plan)),
            counted=tuple(self._counts()),
            states=LEGEND,
        )

    def _parts(self, whole: Node, kind: Node) -> list[Node]:
        parts = self._facts.holders(AP.partOf, whole)
        found = [part for part in parts if kind in self._facts.values(part, RDF.type)]
        return sorted(found, key=self._facts.position)

    def _branch(self, node: Node, level: int = 0) -> Branch:
        facts = self._facts
        below = self._parts(node, AP.Objective) or self._parts(node, AP.Measure)
        if level == LEVELS:
            below = []
        derived = self._figures(node) if AP.Orientation in facts.values(node, RDF.type) else ()
        notations = facts.said(node, SKOS.notation)
        return Branch(
            number=facts.text(node, SKOS.notation),
            numbered=facts.state(notations[0]) if notations else "",
            link=self._titles.link(node),
            sums=(*self._sums(node), *derived),
            periods=tuple(self._periods(node)),
            concepts=tuple(self._titles.link(each) for each in facts.values(node, AP.theme)),
            branches=tuple(self._branch(each, level + 1) for each in below),
        )

    def _sums(self, node: Node) -> Iterable[Sum]:
        """The stated sums of a part; one sum in two currencies is one sum."""
        facts = self._facts
        held = facts.said(node, AP.allocation)
        repeated = {
            said.value: other
            for said in held
            for other in facts.values(said.value, AP.alternateOf)
            if other in {each.value for each in held}
        }
        for said in held:
            amount = self._titles.amount(said.value)
            if amount is not None and said.value not in repeated:
                others = [each for each, first in repeated.items() if first == said.value]
                yield Sum(
                    self._with_others(amount, others),
                    facts.state(said),
                    self._titles.link(said.value),
                    named=False,
                )

    def _with_others(self, amount: Text, others: Sequence[Node]) -> Text:
        for other in others:
            same = self._titles.amount(other)
            if same is not None:
                words = self._titles.words
                amount = Text(words.say("value.same", value=amount.text, other=same.text))
        return amount

    def _figures(self, node: Node) -> Iterable[Sum]:
        """The figures that were derived for a part."""
        return map(self._figure, self._facts.values(node, AP.derivedFigure))

    def _periods(self, node: Node) -> Iterable[tuple[Text, str]]:
        for said in self._facts.said(node, AP.period):
            period = self._titles.period(said.value)
            if period is not None:
                yield period, self._facts.state(said)

    def _figure(self, figure: Node) -> Sum:
        facts, words = self._facts, self._titles.words
        reasons = [words.choose(facts.texts(note, AP.reason)) for note in facts.notes(figure)]
        number = Text(words.number(facts.text(figure, AP.figure)))
        label = self._names.link(str(figure), facts.texts(figure, RDFS.label))
        return Sum(number, "derived", label, named=True, note=next(iter(reasons), None))

    def _statements(self, node: Node) -> Iterable[Text]:
        words = self._titles.words
        for statement in self._facts.values(node, AP.statement):
            text = words.choose(self._facts.texts(statement, DCTERMS.description))
            if text is not None:
                yield text

    def _timeline(self) -> Iterable[Text]:
        periods = self._facts.values(self._plan, AP.timelinePeriod)
        for period in sorted(periods, key=self._facts.position):
            text = self._titles.period(period)
            if text is not None:
                yield text

    def _entry(self, entry: Node) -> Entry:
        facts = self._facts
        steps = sorted(self._parts(entry, AP.Milestone), key=self._block)
        unnumbered = self._titles.words.say("value.unnumbered")
        concerns = facts.said(entry, AP.concerns)
        return Entry(
            numbered=Link(
                Text(facts.text(entry, SKOS.notation) or unnumbered), self._names.href(str(entry))
            ),
            named=self._titles.title(entry),
            sectors=tuple(self._titles.link(each) for each in facts.values(entry, AP.sector)),
            measures=tuple((self._numbered(said.value), facts.state(said)) for said in concerns),
            blocks=tuple(tuple(map(self._step, block)) for _, block in groupby(steps, self._block)),
        )

    def _numbered(self, measure: Node) -> Link:
        link = self._titles.link(measure)
        number = self._facts.text(measure, SKOS.notation)
        text = Text(f"{number} {link.text.text}".strip(), link.text.language)
        return Link(text, link.href, link.outside)

    def _step(self, milestone: Node) -> Step:
        absent = AP.plannedYear in self._facts.absences(milestone)
        year = self._facts.text(milestone, AP.plannedYear)
        return Step(self._titles.link(milestone), year, absent)

    def _block(self, milestone: Node) -> int:
        return self._facts.integer(milestone, AP.block)

    def _notes(self, node: Node) -> Iterable[tuple[str, Text]]:
        for note in self._facts.notes(node):
            reason = self._titles.words.choose(self._facts.texts(note, AP.reason))
            if reason is not None:
                yield self._facts.status(note), reason

    def _counts(self) -> Iterable[str]:
        kinds = ("Orientation", "Objective", "Measure", "ScheduleEntry", "Milestone", "Project")
        for kind in kinds:
            number = len(self._facts.holders(RDF.type, AP[kind]))
            if number:
                yield self._titles.words.count(f"count.{kind.lower()}", number)
