"""The invented plans as a release has them: cited, and with a fault in one thing of a hundred.

What ``bench.data`` writes is for queries, and would be refused: nothing in it names its source.
Here each thing has a citation of its own, and everything is as the pack's shapes ask, but for the
faults: a citation that is missing, something else that is, a year outside its plan.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from bench import data
from bench.data import AP, MEASURES, MILESTONES, ORIENTATIONS, RDFS, TYPE, Made

ROLES = "https://w3id.org/jalon/id/role/"
"""Where the roles of the pack are, which is served beside this data."""

OBJECTIVES = 3
"""Objectives of an orientation: as many as the pack's shapes ask for."""

OF_PLAN = ORIENTATIONS * OBJECTIVES * MEASURES
"""Measures of a plan."""

FAULTY = 0.01
"""The share of things that have a fault."""

_ENTRIES = 48
_DOCUMENT = f"<{data.iri('document', 0)}>"


def write(place: Path, triples: int) -> Made:
    """Writes N-Triples of at least so many triples, up to the end of the plan that passes them."""
    chance = random.Random(f"published {triples} {data.SEED}")  # noqa: S311 (no secret)
    made = Made(organisations=max(8, triples // 6_000))
    with place.open("w", encoding="utf-8") as file:
        lines = [*_document()]
        for number in range(made.organisations):
            lines += cited(data.organisation(number), chance)
        while True:
            file.write("".join(lines))
            made.triples += len(lines)
            if made.triples >= triples:
                return made
            lines = list(cited(_plan(made, chance), chance))
            made.plans += 1


def measure(
    made: Made, chance: random.Random, within: tuple[str, str], position: int, notation: str
) -> Iterator[str]:
    """A measure within an objective and a plan, as in ``bench.data``, but as the shapes ask."""
    number = made.measures
    for line in data.undertaking(made, chance, within, position, notation):
        yield line.replace(f"{data.BASE}id/role/", ROLES)
    if number % data.ENTRY_EVERY == 0:
        yield from _entry(number // data.ENTRY_EVERY, number, within[1], chance)


def cited(lines: Iterable[str], chance: random.Random) -> Iterator[str]:
    """The lines of things, each with a citation after it, but for faults."""
    for thing, said in groupby(lines, key=lambda line: line.split(" ", 1)[0]):
        kept = list(said)
        is_faulty = chance.random() < FAULTY
        is_cited = not is_faulty or chance.random() < 0.5
        if is_faulty and is_cited:
            del kept[chance.randrange(1, len(kept))]
        yield from kept
        if is_cited:
            yield from _citation(thing, chance)


def _document() -> Iterator[str]:
    yield f"{_DOCUMENT} {TYPE} <{AP}Document> .\n"
    for language, title in (("en", "Invented plans"), ("fr", "Plans inventés")):
        yield f'{_DOCUMENT} <{RDFS}label> "{title}"@{language} .\n'
    yield f"{_DOCUMENT} <https://schema.org/url> <{data.BASE}plans> .\n"


def _citation(thing: str, chance: random.Random) -> Iterator[str]:
    citation = f"{thing.removesuffix('>')}-citation>"
    yield f"{thing} <{AP}citation> {citation} .\n"
    yield f"{citation} {TYPE} <{AP}Citation> .\n"
    yield f"{citation} <{AP}document> {_DOCUMENT} .\n"
    yield f'{citation} <{AP}locator> "L{chance.randrange(1, 100_000)}" .\n'
    yield f'{citation} <{AP}quoteDigest> "{chance.getrandbits(256):064x}" .\n'


def _plan(made: Made, chance: random.Random) -> Iterator[str]:
    number = made.plans
    plan = f"<{data.iri('plan', number)}>"
    start = _start(number)
    yield from data.titled(plan, "Plan", chance)
    yield f"{plan} <{AP}startYear> {data.year(start)} .\n"
    yield f"{plan} <{AP}endYear> {data.year(start + 5)} .\n"
    for first in range(ORIENTATIONS):
        index = number * ORIENTATIONS + first
        orientation = f"<{data.iri('orientation', index)}>"
        yield from data.titled(orientation, "Orientation", chance)
        yield from data.placed(orientation, (plan, plan), first + 1, f"{first + 1}")
        for second in range(OBJECTIVES):
            objective = f"<{data.iri('objective', index * OBJECTIVES + second)}>"
            yield from data.titled(objective, "Objective", chance)
            notation = f"{first + 1}.{second + 1}"
            yield from data.placed(objective, (orientation, plan), second + 1, notation)
            for third in range(MEASURES):
                # The numbers before are those of orientations.
                notation = f"{made.measures % OF_PLAN + 10}"
                yield from measure(made, chance, (objective, plan), third + 1, notation)


def _entry(number: int, concerned: int, plan: str, chance: random.Random) -> Iterator[str]:
    """A row of a schedule, numbered within its plan, and its milestones."""
    entry, place = f"<{data.iri('entry', number)}>", number % _ENTRIES + 1
    first = _start(concerned // OF_PLAN)
    yield f"{entry} {TYPE} <{AP}ScheduleEntry> .\n"
    yield from data.placed(entry, (plan, plan), place, f"K{place}")
    yield f"{entry} <{AP}concerns> <{data.iri('measure', concerned)}> .\n"
    for which in range(MILESTONES):
        milestone = f"<{data.iri('milestone', number * MILESTONES + which)}>"
        late = 10 if chance.random() < FAULTY else 0
        yield from data.titled(milestone, "Milestone", chance)
        yield f"{milestone} <{AP}partOf> {entry} .\n"
        yield f"{milestone} <{AP}position> {data.integer(which + 1)} .\n"
        yield f"{milestone} <{AP}block> {data.integer(1)} .\n"
        yield f"{milestone} <{AP}plannedYear> {data.year(first + which + late)} .\n"


def _start(plan: int) -> int:
    return 2000 + plan % 25
