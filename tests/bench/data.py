"""Invented plans of any size: the same for the same size and seed, written fast.

Only the vocabulary is real. A fifth of the measures have an entry in a schedule with milestones;
organisations are few, and one in five measures is carried out by the first of them.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

BASE = "https://example.org/plan/"
"""The base of the pack that is served beside this data."""

GRAPH = f"{BASE}graph/source/bench"
SEED = 20181123

AP = "https://w3id.org/jalon/def#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_CAD = "<http://publications.europa.eu/resource/authority/currency/CAD>"

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "1M": 1_000_000, "5M": 5_000_000}
"""The sizes that are measured, in triples, by what they are called."""

ORIENTATIONS, OBJECTIVES, MEASURES = 3, 4, 20
"""Orientations of a plan, objectives of an orientation, measures of an objective."""

ENTRY_EVERY = 5
MILESTONES = 2

_WORDS = (Path(__file__).parent / "words.txt").read_text(encoding="utf-8").splitlines()
WORDS_EN, WORDS_FR = (tuple(line.split()) for line in _WORDS)


@dataclass(slots=True)
class Made:
    """What was written: how many triples, and what there is of each kind, by number."""

    triples: int = 0
    plans: int = 0
    measures: int = 0
    organisations: int = 0

    @property
    def orientations(self) -> int:
        """How many orientations there are."""
        return self.plans * ORIENTATIONS

    @property
    def objectives(self) -> int:
        """How many objectives there are."""
        return self.orientations * OBJECTIVES


def iri(kind: str, number: int) -> str:
    """The IRI of a thing by its number, from 0."""
    return f"{BASE}id/{kind}/{number}"


def write(place: Path, triples: int, seed: int = SEED) -> Made:
    """Writes N-Triples of at least so many triples, up to the end of the plan that passes them."""
    chance = random.Random(f"{triples} {seed}")  # noqa: S311 (no secret)
    made = Made(organisations=max(8, triples // 3_000))
    with place.open("w", encoding="utf-8") as file:
        lines = [line for number in range(made.organisations) for line in organisation(number)]
        while True:
            file.write("".join(lines))
            made.triples += len(lines)
            if made.triples >= triples:
                return made
            lines = list(_plan(made, chance))
            made.plans += 1


def quads(place: Path, lines: int) -> Iterator[list[bytes]]:
    """The triples of a file as N-Quads of GRAPH without line ends, so many at a time."""
    end = f" <{GRAPH}> .".encode()
    batch: list[bytes] = []
    with place.open("rb") as file:
        for line in file:
            batch.append(line[: line.rindex(b" .")] + end)
            if len(batch) == lines:
                yield batch
                batch = []
    if batch:
        yield batch


def organisation(number: int) -> Iterator[str]:
    """An organisation by its number: its triples, line by line."""
    thing = f"<{iri('organisation', number)}>"
    yield f"{thing} {TYPE} <http://www.w3.org/ns/org#Organization> .\n"
    for language, kind in (("en", "Agency"), ("fr", "Agence")):
        yield f'{thing} <{RDFS}label> "{kind} {number}"@{language} .\n'
    yield f'{thing} <{AP}acronym> "A{number}" .\n'


def _plan(made: Made, chance: random.Random) -> Iterator[str]:
    number = made.plans
    plan = f"<{iri('plan', number)}>"
    start = 2000 + number % 25
    yield from titled(plan, "Plan", chance)
    yield f"{plan} <{AP}startYear> {year(start)} .\n"
    yield f"{plan} <{AP}endYear> {year(start + 5)} .\n"
    for first in range(ORIENTATIONS):
        index = number * ORIENTATIONS + first
        orientation = f"<{iri('orientation', index)}>"
        yield from titled(orientation, "Orientation", chance)
        yield from placed(orientation, (plan, plan), first + 1, str(first + 1))
        for second in range(OBJECTIVES):
            objective = f"<{iri('objective', index * OBJECTIVES + second)}>"
            yield from titled(objective, "Objective", chance)
            yield from placed(objective, (orientation, plan), second + 1, str(second + 1))
            for third in range(MEASURES):
                yield from measure(made, chance, (objective, plan), third + 1)


def measure(
    made: Made, chance: random.Random, within: tuple[str, str], position: int
) -> Iterator[str]:
    """A measure within an objective and a plan, at a position: its triples, line by line."""
    number = made.measures
    start = yield from undertaking(made, chance, within, position, str(position))
    if number % ENTRY_EVERY == 0:
        measure, plan = f"<{iri('measure', number)}>", within[1]
        yield from _entry(number // ENTRY_EVERY, measure, plan, start)


def undertaking(
    made: Made, chance: random.Random, within: tuple[str, str], position: int, notation: str
) -> Generator[str, None, int]:
    """A measure with its involvement, period and allocation; gives the year that it begins in."""
    objective, plan = within
    number = made.measures
    made.measures += 1
    measure, involvement, period, allocation = (
        f"<{iri(kind, number)}>" for kind in ("measure", "involvement", "period", "allocation")
    )
    yield from titled(measure, "Measure", chance)
    yield from placed(measure, (objective, plan), position, notation)
    yield f"{measure} <{AP}involvement> {involvement} .\n"
    yield f"{measure} <{AP}period> {period} .\n"
    yield f"{measure} <{AP}allocation> {allocation} .\n"
    agent = 0 if chance.random() < 0.2 else chance.randrange(made.organisations)
    yield f"{involvement} {TYPE} <{AP}Involvement> .\n"
    yield f"{involvement} <{AP}agent> <{iri('organisation', agent)}> .\n"
    role = "partner" if chance.random() < 0.5 else "responsible-agency"
    yield f"{involvement} <{AP}role> <{BASE}id/role/{role}> .\n"
    start = chance.randrange(2000, 2030)
    yield f"{period} {TYPE} <{AP}Period> .\n"
    yield f"{period} <{AP}startYear> {year(start)} .\n"
    yield f"{period} <{AP}endYear> {year(start + chance.randrange(1, 6))} .\n"
    yield f"{allocation} {TYPE} <{AP}Allocation> .\n"
    amount = chance.randrange(10, 90_000) * 1_000
    yield f'{allocation} <{AP}amount> "{amount}"^^<{_XSD}decimal> .\n'
    yield f"{allocation} <{AP}currency> {_CAD} .\n"
    return start


def _entry(number: int, measure: str, plan: str, start: int) -> Iterator[str]:
    entry = f"<{iri('entry', number)}>"
    yield f"{entry} {TYPE} <{AP}ScheduleEntry> .\n"
    yield from placed(entry, (plan, plan), number + 1, str(number + 1))
    yield f"{entry} <{AP}concerns> {measure} .\n"
    for which in range(MILESTONES):
        milestone = f"<{iri('milestone', number * MILESTONES + which)}>"
        yield f"{milestone} {TYPE} <{AP}Milestone> .\n"
        yield f"{milestone} <{AP}partOf> {entry} .\n"
        yield f"{milestone} <{AP}position> {integer(which + 1)} .\n"
        yield f"{milestone} <{AP}plannedYear> {year(start + which)} .\n"


def titled(thing: str, kind: str, chance: random.Random) -> Iterator[str]:
    """The class of a thing, and a title of invented words in two languages."""
    yield f"{thing} {TYPE} <{AP}{kind}> .\n"
    for language, words in (("en", WORDS_EN), ("fr", WORDS_FR)):
        title = " ".join(chance.choices(words, k=6))
        yield f'{thing} <{RDFS}label> "{title}"@{language} .\n'


def placed(thing: str, within: tuple[str, str], position: int, notation: str) -> Iterator[str]:
    """What a thing is a part of, its plan, and where it stands in it."""
    parent, plan = within
    yield f"{thing} <{AP}partOf> {parent} .\n"
    yield f"{thing} <{AP}ofPlan> {plan} .\n"
    yield f"{thing} <{AP}position> {integer(position)} .\n"
    yield f'{thing} <{_SKOS}notation> "{notation}" .\n'


def integer(value: int) -> str:
    """A number as N-Triples have it."""
    return f'"{value}"^^<{_XSD}integer>'


def year(value: int) -> str:
    """A year as N-Triples have it."""
    return f'"{value}"^^<{_XSD}gYear>'
