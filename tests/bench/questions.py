"""What is asked: each query is a file, with terms of the data and a running number in it.

The number stands in a comment, so that no two texts are alike where nothing kept may answer.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Template
from urllib.parse import quote, urlencode

from bench.data import WORDS_FR, Made, iri

PLACE = Path(__file__).parent / "queries"
JSON = "application/sparql-results+json"
CSV = "text/csv"
NTRIPLES = "application/n-triples"
TURTLE = "text/turtle"
RDF_XML = "application/rdf+xml, application/xml"

MIXED = "distinct"
"""The line in which seven kinds of questions are mixed."""

POOL = 4_000
"""How many requests are made ahead; each time round their numbers are others."""

EXPORTED = 80_000
"""Triples of an export: 10 MB of N-Triples, where there are as many."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query, as text, with the format that its answer is wanted in."""

    text: str
    accept: str = JSON


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server is asked: its root, the path of queries, and what goes with each query."""

    url: str
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def request(self, question: Question, number: int | None = None) -> bytes:
        """The request for a question; with a number, another text than with any other."""
        before, after = self.halves(question)
        return before + (b"" if number is None else b"%23" + str(number).encode()) + after

    def halves(self, question: Question) -> tuple[bytes, bytes]:
        """What stands before a running number, and after."""
        host = self.url.removeprefix("http://")
        before = f"GET {self.path}?query={quote(question.text, safe='')}"
        more = f"&{urlencode(self.parameters)}" if self.parameters else ""
        after = f"{more} HTTP/1.1\r\nHost: {host}\r\nAccept: {question.accept}\r\n\r\n"
        return before.encode(), after.encode()


class Stream:
    """Requests without end, each with another text, taken from a pool in turn."""

    numbers: Iterator[int] = itertools.count(random.SystemRandom().randrange(10**6))

    def __init__(self, endpoint: Endpoint, questions: list[Question]) -> None:
        self._halves = itertools.cycle([endpoint.halves(each) for each in questions])

    def __call__(self) -> bytes:
        """The next one."""
        before, after = next(self._halves)
        return b"%b%%23%d%b" % (before, next(self.numbers), after)


@cache
def template(name: str) -> Template:
    """The text of a query file."""
    return Template((PLACE / f"{name}.rq").read_text(encoding="utf-8"))


def question(name: str, accept: str = JSON, **terms: str) -> Question:
    """A query file with terms in it."""
    return Question(template(name).substitute(terms), accept)


def pool(line: str, made: Made, seed: int, count: int = POOL) -> list[Question]:
    """Questions of one line, over as many things as there are, in random order."""
    chance = random.Random(f"{line} {seed}")  # noqa: S311 (no secret)
    return [QUESTIONS[line](chance, made) for _ in range(count)]


def _measure(chance: random.Random, made: Made) -> str:
    return iri("measure", chance.randrange(made.measures))


def _lookup(chance: random.Random, made: Made) -> Question:
    kind = chance.choice(("measure", "allocation", "period", "involvement"))
    return question("lookup", thing=iri(kind, chance.randrange(made.measures)))


def _star(chance: random.Random, made: Made) -> Question:
    return question("star", measure=_measure(chance, made))


def _path(chance: random.Random, made: Made) -> Question:
    return question("path", orientation=iri("orientation", chance.randrange(made.orientations)))


def _aggregate(_chance: random.Random, _made: Made) -> Question:
    return question("aggregate")


def _page(chance: random.Random, made: Made) -> Question:
    return question("page", offset=str(20 * chance.randrange(min(50, made.measures // 20))))


def _search(chance: random.Random, _made: Made) -> Question:
    word, other = chance.sample(WORDS_FR, 2)
    return question("search", word=word, other=other)


def _describe(chance: random.Random, made: Made) -> Question:
    return question("describe", TURTLE, measure=_measure(chance, made))


def _export(_chance: random.Random, _made: Made) -> Question:
    return question("export", NTRIPLES, limit=str(EXPORTED))


def _plan(chance: random.Random, made: Made) -> Question:
    return question("plan", plan=iri("plan", chance.randrange(made.plans)))


def _years(chance: random.Random, made: Made) -> Question:
    return question("years", CSV, plan=iri("plan", chance.randrange(made.plans)))


def _agency(chance: random.Random, made: Made) -> Question:
    organisation = iri("organisation", chance.randrange(made.organisations))
    return question("agency", organisation=organisation)


Ask = Callable[[random.Random, Made], Question]


def _mixed(shares: dict[Ask, int]) -> Ask:
    def ask(chance: random.Random, made: Made) -> Question:
        chosen = chance.choices([*shares], [*shares.values()])[0]
        return chosen(chance, made)

    return ask


QUESTIONS: dict[str, Ask] = {
    "lookup": _lookup,
    "star": _star,
    "path": _path,
    "aggregate": _aggregate,
    "page": _page,
    "search": _search,
    "describe": _describe,
    "export": _export,
    MIXED: _mixed(
        {_lookup: 40, _star: 20, _describe: 15, _plan: 10, _path: 5, _agency: 5, _years: 5}
    ),
}
"""The lines of the report in which every text is asked once, and how their questions are made."""

_REPORT: dict[Ask, int] = {
    _plan: 10,
    _years: 9,
    _agency: 8,
    _describe: 5,
    _star: 4,
    _page: 3,
    _aggregate: 1,
}


def report_questions(made: Made, seed: int) -> list[Question]:
    """The forty queries of the reporting mix, the one that is asked most often first.

    Two that came out alike differ by a comment.
    """
    chance = random.Random(f"report {seed}")  # noqa: S311 (no secret)
    found = [ask(chance, made) for ask, count in _REPORT.items() for _ in range(count)]
    chance.shuffle(found)
    return [Question(f"{each.text}# {rank}", each.accept) for rank, each in enumerate(found)]


def zipf(count: int, seed: int, length: int = POOL) -> list[int]:
    """Ranks from 0 as people ask for them: the second half as often as the first, and so on."""
    chance = random.Random(f"zipf {seed}")  # noqa: S311 (no secret)
    return chance.choices(range(count), [1 / (rank + 1) for rank in range(count)], k=length)
