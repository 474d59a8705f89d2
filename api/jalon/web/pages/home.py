"""The home page: what there is, in figures, plans and questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rdflib import ORG

from jalon.content.questions import SavedQuestion
from jalon.services.plans import Overview, PlanSummary
from jalon.terms import AP
from jalon.web.pages.links import Link, Names
from jalon.web.pages.questions import QuestionGroup, grouped

FIGURES = {
    str(AP.Plan): "plan",
    str(AP.Measure): "measure",
    str(AP.Milestone): "milestone",
    str(ORG.Organization): "organization",
    str(AP.Citation): "citation",
}
"""What the home page counts, in its order."""

PARTS = {
    str(AP.Orientation): "orientation",
    str(AP.Objective): "objective",
    str(AP.Measure): "measure",
    str(AP.ScheduleEntry): "scheduleentry",
    str(AP.Milestone): "milestone",
    str(AP.Project): "project",
}
"""What the card of a plan counts, in its order."""

FEATURED = 5
"""How many questions of each audience the home page shows."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its noun, apart from each other."""

    number: str
    noun: str


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan in short."""

    link: Link
    acronym: str
    years: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HomePage:
    """Everything that the home page shows."""

    figures: tuple[Figure, ...]
    plans: tuple[PlanCard, ...]
    groups: tuple[QuestionGroup, ...]


def home_page(overview: Overview, questions: Sequence[SavedQuestion], names: Names) -> HomePage:
    """The home page from what there is."""
    return HomePage(
        figures=tuple(_figures(overview.counts, names)),
        plans=tuple(_card(plan, names) for plan in overview.plans),
        groups=grouped(questions, names, FEATURED),
    )


def _figures(counts: Mapping[str, int], names: Names) -> Iterable[Figure]:
    for kind, key in FIGURES.items():
        if counts.get(kind):
            number, _, noun = names.words.count(f"count.{key}", counts[kind]).partition(" ")
            yield Figure(number, noun)


def _card(plan: PlanSummary, names: Names) -> PlanCard:
    link = names.link(plan.iri, plan.labels)
    counted = (
        names.words.count(f"count.{key}", plan.parts[kind])
        for kind, key in PARTS.items()
        if plan.parts.get(kind)
    )
    years = names.words.span(plan.start_year, plan.end_year)
    return PlanCard(Link(link.text, names.plan(plan.iri)), plan.acronym, years, tuple(counted))
