"""The pages of the saved questions: the list, and one question with its form and its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from jalon.content.question_table import ANY
from jalon.content.questions import Parameter, SavedQuestion
from jalon.services.naming import Choice
from jalon.web.pages.answers import Problem, Shown
from jalon.web.pages.links import Link, Names
from jalon.web.pages.words import Text, sort_key

AUDIENCES = ("researcher", "reporting-tool", "data-steward")
LANGUAGE = "lang"
"""The parameter that says in which language labels are given: that of the page, untold."""

INPUTS = {"date": "date", "integer": "number"}
"""The kinds of input for types of parameters; others are texts or choices."""


@dataclass(frozen=True, slots=True)
class QuestionCard:
    """A question in short."""

    link: Link
    question: str


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """The questions for one audience."""

    title: str
    questions: tuple[QuestionCard, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a list."""

    value: str
    text: Text
    chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter as a field of a form; ``groups`` are the choices, if they are known."""

    name: str
    label: str
    value: str
    kind: str
    required: bool
    groups: tuple[tuple[str, tuple[Option, ...]], ...]


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """Everything that the page of a question shows; ``answer`` is None beside an ``error``."""

    id: str
    title: str
    question: str
    audience: str
    fields: tuple[Field, ...]
    list: Link
    answer: Shown | None
    error: Problem | None
    empty: str
    query: str
    edit: str


def grouped(
    questions: Sequence[SavedQuestion], names: Names, most: int | None = None
) -> tuple[QuestionGroup, ...]:
    """The questions by audience, each as a link to its page; at most so many of each."""
    words = names.words
    found = []
    for audience in (*AUDIENCES, None):
        mine = [each for each in questions if each.audience == audience]
        key = f"user-{audience}" if audience else "other"
        if mine:
            cards = tuple(
                QuestionCard(question_link(each, names), each.question[words.language])
                for each in mine[:most]
            )
            found.append(QuestionGroup(words.say(f"questions.{key}"), cards))
    return tuple(found)


def question_link(question: SavedQuestion, names: Names) -> Link:
    """A link to the page of a question."""
    language = names.words.language
    href = names.pinned(f"/{language}/questions/{question.id}")
    return Link(Text(question.title[language]), href)


def completed(
    question: SavedQuestion, given: Sequence[tuple[str, str]], language: str
) -> list[tuple[str, str]]:
    """What was given, less what was left empty in the form, plus the language of the page."""
    parameters = {each.name: each for each in question.parameters}
    kept = [(name, value) for name, value in given if value or name not in parameters]
    if _speaks(parameters.get(LANGUAGE)) and LANGUAGE not in dict(kept):
        kept.append((LANGUAGE, language))
    return kept


def fields_of(
    question: SavedQuestion,
    given: Mapping[str, str],
    choices: Mapping[str, Sequence[Choice]],
    names: Names,
) -> tuple[Field, ...]:
    """The form of a question. ``choices`` are those of its parameters that name things."""
    return tuple(
        _field(each, given.get(each.name, each.default or ""), choices.get(each.name, ()), names)
        for each in question.parameters
        if each.name != LANGUAGE
    )


def address(question: SavedQuestion, given: Sequence[tuple[str, str]], suffix: str = "") -> str:
    """Where programs get the same answer."""
    query = f"?{urlencode(given)}" if given else ""
    return f"/queries/{question.id}{suffix}{query}"


def _field(parameter: Parameter, value: str, choices: Sequence[Choice], names: Names) -> Field:
    words = names.words
    shown = "" if parameter.is_today and value == parameter.default else value
    groups: Iterable[tuple[str, tuple[Option, ...]]] = ()
    if parameter.values:
        options = tuple(Option(each, Text(each), each == value) for each in parameter.values)
        groups = (("", options),)
    elif choices:
        groups = _chosen(choices, value, names)
    anything = Option(ANY, Text(words.say("questions.any")), value == ANY)
    if parameter.takes_any:
        groups = (("", (anything,)), *groups)
    is_choice = parameter.values or choices
    return Field(
        name=parameter.name,
        label=parameter.title[words.language],
        value=shown,
        kind="choice" if is_choice else INPUTS.get(parameter.type, "text"),
        required=parameter.default is None,
        groups=tuple(groups),
    )


def _chosen(
    choices: Sequence[Choice], value: str, names: Names
) -> Iterable[tuple[str, tuple[Option, ...]]]:
    """The choices in the lists that they stand in, by name."""

    def listed(choice: Choice) -> str:
        known = names.words.choose(choice.list_labels)
        return known.text if known else ""

    named = [(listed(each), names.name(each.iri, each.labels), each.iri) for each in choices]
    named.sort(key=lambda each: (sort_key(each[0]), sort_key(each[1].text), each[2]))
    for group, members in groupby(named, key=lambda each: each[0]):
        yield group, tuple(Option(iri, text, iri == value) for _, text, iri in members)


def _speaks(parameter: Parameter | None) -> bool:
    return parameter is not None and parameter.type == "lang"
