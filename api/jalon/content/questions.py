"""The saved questions of a pack, ``queries/**/*.rq``: each read and checked from its file.

A question is a SPARQL query behind a TOML front matter. Where it takes parameters, the line
``#@ params`` marks each place at which whoever asks it puts a VALUES row of terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Required, TypedDict, cast

from jalon.content.front_matter import parse_front_matter
from jalon.content.pack import Pack
from jalon.content.question_table import ANY, MARKED, TODAY, Audience, ParameterType, faults_of
from jalon.content.turtle import read_text
from jalon.errors import QuestionInvalid


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a question can be told. ``name`` is its variable; ``values`` are those of an enum.

    ``default`` is written as a caller would write it; without one the parameter is required.
    ``of_class`` is the class, as a prefixed name, of the things that an IRI may name.
    """

    name: str
    type: ParameterType
    title: Mapping[str, str]
    default: str | None
    values: tuple[str, ...]
    of_class: str | None

    @property
    def takes_any(self) -> bool:
        """Whether ``*`` may stand for "whichever": it does by default, or not at all."""
        return self.default == ANY

    @property
    def is_today(self) -> bool:
        """Whether the default is the day on which the question is asked."""
        return self.default == TODAY


@dataclass(frozen=True, slots=True)
class SavedQuestion:
    """One question: texts by language, columns and parameters in the order of the file.

    ``entailment`` is whether entailed triples may take part in the answer, ``audience`` whom the
    question is meant for first, ``empty`` why it has no rows on the pack's own data.
    """

    id: str
    title: Mapping[str, str]
    question: Mapping[str, str]
    columns: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    since: str
    entailment: bool
    audience: Audience | None
    empty: Mapping[str, str] | None
    text: str

    def with_row(self, row: str) -> str:
        """The query with ``row`` at each marked place: a VALUES clause, on one line."""
        return MARKED.sub(lambda _: row, self.text)


def read_question(path: Path, name: str) -> SavedQuestion:
    """The question in a file.

    Raises FileUnreadable with ``name`` and the line where the file is not UTF-8 or its front
    matter not TOML, and QuestionInvalid with the line and the key that is unknown, missing or
    wrong.
    """
    text = read_text(path, name)
    table = parse_front_matter(text, name)
    for fault in faults_of(table, text, path.stem):
        raise QuestionInvalid(file=name, line=fault.line, key=fault.key)
    return _question(cast("_Front", table), text)


def read_questions(pack: Pack) -> tuple[SavedQuestion, ...]:
    """The questions of a pack by id. Raises as read_question, and where two files have one id."""
    found: dict[str, SavedQuestion] = {}
    for path, name in question_files(pack):
        question = read_question(path, name)
        if question.id in found:
            raise QuestionInvalid(file=name, line=1, key="id")
        found[question.id] = question
    return tuple(found[each] for each in sorted(found))


def question_files(pack: Pack) -> Iterator[tuple[Path, str]]:
    """The question files of a pack, each with its name relative to the pack."""
    for path in pack.queries:
        yield path, path.relative_to(pack.root).as_posix()


_ParameterTable = TypedDict(
    "_ParameterTable",
    {
        "type": Required[ParameterType],
        "title": Required[dict[str, str]],
        "class": str,
        "default": str | int,
        "values": list[str],
    },
    total=False,
)


class _Front(TypedDict, total=False):
    """A front matter without faults."""

    id: Required[str]
    title: Required[dict[str, str]]
    question: Required[dict[str, str]]
    columns: Required[list[str]]
    since: Required[str]
    params: dict[str, _ParameterTable]
    entailment: bool
    audience: Audience
    empty: dict[str, str]


def _question(front: _Front, text: str) -> SavedQuestion:
    return SavedQuestion(
        id=front["id"],
        title=front["title"],
        question=front["question"],
        columns=tuple(front["columns"]),
        parameters=tuple(_parameter(*each) for each in front.get("params", {}).items()),
        since=front["since"],
        entailment=front.get("entailment", True),
        audience=front.get("audience"),
        empty=front.get("empty"),
        text=text,
    )


def _parameter(name: str, table: _ParameterTable) -> Parameter:
    default = table.get("default")
    return Parameter(
        name=name,
        type=table["type"],
        title=table["title"],
        default=None if default is None else str(default),
        values=tuple(table.get("values", ())),
        of_class=table.get("class"),
    )
