"""The page of any one thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from rdflib import DCTERMS, OWL, PROV, RDF, RDFS, SKOS, URIRef
from rdflib.term import Node

from jalon.services.describing import Description
from jalon.services.plans import Holding
from jalon.terms import AP
from jalon.web.pages.facts import STATES, Facts
from jalon.web.pages.links import TERMS, THINGS, Link, Names, local_path
from jalon.web.pages.titles import Titles
from jalon.web.pages.values import NoteView, Row, Source, Value, Wording
from jalon.web.pages.words import Text

GROUPS: Mapping[str, tuple[URIRef, ...]] = {
    "what": (
        RDFS.label,
        SKOS.prefLabel,
        SKOS.altLabel,
        AP.acronym,
        SKOS.notation,
        DCTERMS.description,
        SKOS.definition,
        SKOS.scopeNote,
        AP.fieldLabel,
        AP.columnHeader,
        AP.asPrinted,
        AP.measureAsPrinted,
        AP.statement,
        AP.statementKind,
        AP.theme,
        AP.sector,
        AP.mandate,
        AP.pursues,
        AP.mentions,
    ),
    "money-time": (
        AP.allocation,
        AP.amount,
        AP.currency,
        AP.approximate,
        AP.alternateOf,
        AP.derivedFigure,
        AP.figure,
        PROV.wasDerivedFrom,
        AP.period,
        AP.timelinePeriod,
        AP.startYear,
        AP.endYear,
        AP.planYear,
        AP.plannedYear,
        AP.block,
    ),
    "who": (
        AP.involvement,
        AP.agent,
        AP.role,
        AP.network,
        AP.entityType,
        AP.memberCount,
    ),
    "results": (AP.result, AP.hasCount, AP["count"], AP.counted, AP.evaluated),
    "reporting": (
        AP.conventionGoal,
        AP.monitoringArea,
        AP.culturalDomain,
        AP.reportsOn,
        AP.asksFor,
        AP.valueStatus,
    ),
    "links": (AP.ofPlan, AP.partOf, AP.hasPart, AP.concerns),
}
"""Where each property stands, and in which order; every other one ends the last group."""

FORMATS = (
    ("Turtle", "ttl", "text/turtle"),
    ("JSON-LD", "jsonld", "application/ld+json"),
    ("N-Triples", "nt", "application/n-triples"),
    ("RDF/XML", "rdf", "application/rdf+xml"),
)
"""What a description can be had as: the name, the ending of its address, the media type."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under a heading, ``thing.group-{key}``."""

    key: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class User:
    """A thing that points here; where it has no name, the things that it stands between."""

    links: tuple[Link, ...]
    roles: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class UsedBy:
    """The things that point here by one property; ``total`` counts those not listed, too."""

    label: Link
    users: tuple[User, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ThingPage:
    """Everything that the page of a thing shows."""

    iri: str
    title: Text
    kinds: tuple[Link, ...]
    summary: Text | None
    trail: tuple[Link, ...]
    plan: str
    groups: tuple[Group, ...]
    form: tuple[Value, ...]
    used_by: tuple[UsedBy, ...]
    sources: tuple[Source, ...]
    notes: tuple[NoteView, ...]
    states: tuple[str, ...]
    addresses: tuple[Link, ...]
    formats: tuple[tuple[str, str, str], ...]
    complete: bool


def thing_page(
    description: Description, holdings: Mapping[str, Holding], names: Names
) -> ThingPage:
    """The page of what is described; ``holdings`` tells of the parts that it stands in."""
    thing = description.thing
    facts = Facts(description.said, names.bases)
    titles = Titles(facts, names, description.labels)
    wording = Wording(facts, titles)
    rows = _without_repetition(wording.rows(thing))
    form = tuple(_field(field, facts, titles, wording) for field in _fields(facts, thing))
    for note in facts.notes(thing):
        wording.note(note)
    for cited in facts.values(thing, AP.citation):
        wording.source(cited)
    kinds = [kind for kind in facts.values(thing, RDF.type) if kind != OWL.NamedIndividual]
    return ThingPage(
        iri=str(thing),
        title=titles.title(thing) or titles.link(thing).text,
        kinds=tuple(titles.link(kind) for kind in kinds),
        summary=_summary(facts, titles, thing),
        trail=_trail(facts, titles, thing),
        plan=names.plan(str(thing)) if AP.Plan in kinds else "",
        groups=tuple(_grouped(rows)),
        form=form,
        used_by=tuple(_used_by(description, holdings, titles)),
        sources=wording.sources(),
        notes=wording.notes(),
        states=_states(rows, form),
        addresses=tuple(_addresses(description)),
        formats=_formats(str(thing), names),
        complete=description.complete,
    )


def _grouped(rows: Sequence[Row]) -> Iterable[Group]:
    placed: dict[Node, tuple[str, int]] = {
        key: (group, place) for group, keys in GROUPS.items() for place, key in enumerate(keys)
    }
    last = list(GROUPS)[-1]
    for group in GROUPS:
        found = [row for row in rows if placed.get(row.key, (last, 0))[0] == group]
        found.sort(key=lambda row: placed.get(row.key, (last, len(rows) + 100))[1])
        if found:
            yield Group(group, tuple(found))


def _without_repetition(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows without the preferred names, where these are the names over again."""
    names = next(
        ([value.link for value in row.values] for row in rows if row.key == RDFS.label), []
    )
    return tuple(
        row
        for row in rows
        if row.key != SKOS.prefLabel or [value.link for value in row.values] != names
    )


def _fields(facts: Facts, thing: Node) -> list[Node]:
    return sorted(facts.holders(AP.reportsOn, thing), key=facts.position)


def _field(field: Node, facts: Facts, titles: Titles, wording: Wording) -> Value:
    """A question of a form: its words, whether it was answered, and where it stands."""
    status = facts.said(field, AP.valueStatus)
    return Value(
        link=titles.link(field),
        state=facts.status(field),
        sources=tuple(mark for said in status for mark in wording.marks(said)),
        notes=tuple(map(wording.note, facts.notes(field))),
    )


def _summary(facts: Facts, titles: Titles, thing: Node) -> Text | None:
    """What a term or concept means; nothing where the title says it already."""
    return titles.words.choose(facts.texts(thing, SKOS.definition))


def _trail(facts: Facts, titles: Titles, thing: Node) -> tuple[Link, ...]:
    """The wholes that a thing is part of, the widest first."""
    plans = facts.values(thing, AP.ofPlan)
    found = [Link(titles.link(plan).text, titles.names.plan(str(plan))) for plan in plans]
    wholes = [each for each in facts.values(thing, AP.partOf) if each not in plans]
    wholes += facts.values(thing, SKOS.inScheme)
    return (*found, *(titles.link(whole) for whole in wholes))


def _used_by(
    description: Description, holdings: Mapping[str, Holding], titles: Titles
) -> Iterable[UsedBy]:
    for use in description.uses:
        users = tuple(_user(user, holdings.get(str(user)), titles) for user in use.things)
        yield UsedBy(titles.link(use.property), users, use.total)


def _user(user: Node, holding: Holding | None, titles: Titles) -> User:
    if holding is None or not (holding.holders or holding.agents):
        return User((titles.link(user),))
    between = {**holding.holders, **holding.agents}
    links = (titles.names.link(iri, labels) for iri, labels in between.items())
    roles = (titles.names.link(iri, labels) for iri, labels in holding.roles.items())
    return User(tuple(links), tuple(roles))


def _states(rows: Sequence[Row], form: Sequence[Value]) -> tuple[str, ...]:
    """The states that occur on the page, for its legend."""
    found = {value.state for value in form}
    waiting = list(rows)
    while waiting:
        for value in waiting.pop().values:
            found.add(value.state)
            waiting.extend(value.rows)
    return tuple(state for state in STATES if state in found)


def _addresses(description: Description) -> Iterable[Link]:
    for address in description.addresses.get(description.thing, ()):
        if str(address).startswith(("http://", "https://")):
            yield Link(Text(str(address)), str(address), outside=True)


def _formats(iri: str, names: Names) -> tuple[tuple[str, str, str], ...]:
    path = local_path(iri, names.bases) or ""
    if path.startswith(THINGS):
        document = "/doc/" + quote(path.removeprefix(THINGS), safe="/")
    elif path.startswith(TERMS):
        document = "/def"
    else:
        return ()
    return tuple(
        (name, names.pinned(f"{document}.{ending}"), kind) for name, ending, kind in FORMATS
    )
