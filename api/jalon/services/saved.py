"""The use case "ask a saved question": what its caller gave as text becomes terms of a query."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from pyoxigraph import Literal, NamedNode

from jalon.content.pack import Pack
from jalon.content.question_table import ANY, INTEGER, is_date
from jalon.content.questions import Parameter, SavedQuestion, read_questions
from jalon.errors import ParameterInvalid, QuestionUnknown
from jalon.services.questions import Question
from jalon.store.port import ResultFormat

MAX_CHARACTERS = 2_000
"""A longer value is refused: nobody types it, and no question needs it."""

SHOWN_CHARACTERS = 100
"""How much of a refused value an error repeats."""

XSD = "http://www.w3.org/2001/XMLSchema#"

_ABSOLUTE = re.compile(r"""[A-Za-z][A-Za-z0-9+.\-]*:[^<>"{}|^`\\\x00-\x20\x7f]+""")
_LOCAL_ID = re.compile(r"[a-z0-9-]+/[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_ESCAPE = re.compile(r"\\\\([uU])|\\.")

Given = Sequence[tuple[str, str]]
"""Parameters as a caller gives them: names and values, in any order."""


@dataclass(frozen=True, slots=True)
class SavedQuestions:
    """The questions of one pack, and how the values that callers give are read.

    ``base`` is that of the pack's things, ``prefixes`` and ``languages`` are the pack's own.
    """

    questions: Mapping[str, SavedQuestion]
    base: str
    prefixes: Mapping[str, str]
    languages: tuple[str, ...]
    today: Callable[[], date]

    def all(self) -> tuple[SavedQuestion, ...]:
        """Every question, by id."""
        return tuple(self.questions.values())

    def get(self, question_id: str) -> SavedQuestion:
        """The question of this id. Raises QuestionUnknown, which names the nearest one."""
        if question_id in self.questions:
            return self.questions[question_id]
        shown = question_id[:SHOWN_CHARACTERS]
        nearest = get_close_matches(shown, self.questions, n=1, cutoff=0)
        if not nearest:
            raise QuestionUnknown(variant="none", id=shown)
        raise QuestionUnknown(id=shown, nearest=nearest[0])

    def asked(self, question: SavedQuestion, given: Given, solutions: ResultFormat) -> Question:
        """The question with these values, ready to be answered in a format; errors as bind."""
        text = self.bind(question, given)
        return Question(text, solutions=solutions, graph=None, entailed=question.entailment)

    def bind(self, question: SavedQuestion, given: Given) -> str:
        """The text of a question with these values, defaults where none is given.

        A value becomes one term, whatever it holds. Raises ParameterInvalid, naming the parameter,
        for one that is unknown, missing, given twice, or has a value not of its type.
        """
        parameters = {parameter.name: parameter for parameter in question.parameters}
        values = _once(given, parameters)
        if not parameters:
            return question.text
        names = " ".join(f"?{name}" for name in parameters)
        terms = " ".join(self._term(each, values.get(each.name)) for each in parameters.values())
        return question.with_row(f"VALUES ({names}) {{ ({terms}) }}")

    def _term(self, parameter: Parameter, given: str | None) -> str:
        """The term of a value, as SPARQL writes it."""
        value = parameter.default if given is None else given
        if value is None:
            raise ParameterInvalid(variant="missing", parameter=parameter.name)
        if parameter.is_today and given is None:
            value = self.today().isoformat()
        if len(value) > MAX_CHARACTERS:
            raise ParameterInvalid(variant="long", parameter=parameter.name, limit=MAX_CHARACTERS)
        if parameter.takes_any and value == ANY:
            return "UNDEF"
        try:
            return _TERMS[parameter.type](self, parameter, value)
        except ValueError as error:
            raise _refused(parameter, value, "text") from error

    def iri(self, parameter: Parameter, value: str) -> str:
        """An absolute IRI; a prefixed name; or ``kind/slug``, a thing of this pack."""
        prefix, colon, rest = value.partition(":")
        if colon and prefix in self.prefixes and not rest.startswith("//"):
            value = self.prefixes[prefix] + rest
        elif _LOCAL_ID.fullmatch(value):
            value = f"{self.base}id/{value}"
        if not _ABSOLUTE.fullmatch(value):
            raise _refused(parameter, value, "iri")
        return str(NamedNode(value))

    def language(self, parameter: Parameter, value: str) -> str:
        """A language of the pack."""
        return _choice(parameter, value.lower(), self.languages)


def open_questions(pack: Pack, today: Callable[[], date]) -> SavedQuestions:
    """The questions of a pack; errors as read_questions."""
    return SavedQuestions(
        questions={question.id: question for question in read_questions(pack)},
        base=pack.manifest.base,
        prefixes=pack.prefixes,
        languages=pack.manifest.languages,
        today=today,
    )


def _once(given: Given, parameters: Mapping[str, Parameter]) -> dict[str, str]:
    """The values by name, when each name is known and given once."""
    for name, count in Counter(name for name, _ in given).items():
        if name not in parameters:
            known = ", ".join(parameters) or "-"
            shown = name[:SHOWN_CHARACTERS]
            raise ParameterInvalid(variant="unknown", parameter=shown, known=known)
        if count > 1:
            raise ParameterInvalid(variant="repeated", parameter=name, count=count)
    return dict(given)


def _date(parameter: Parameter, value: str) -> str:
    if not is_date(value):
        raise _refused(parameter, value, "date")
    return str(Literal(value, datatype=NamedNode(f"{XSD}date")))


def _integer(parameter: Parameter, value: str) -> str:
    if not INTEGER.fullmatch(value):
        raise _refused(parameter, value, "integer")
    return str(Literal(int(value)))


def _text(value: str) -> str:
    r"""A plain literal.

    SPARQL 1.1 §19.2 lets an engine read ``\u0022`` before it parses, even behind a backslash that
    stands for itself. A u behind such a backslash is written as an escape of its own.
    """
    written = str(Literal(value))
    return _ESCAPE.sub(lambda match: rf"\\\u{ord(match[1]):04X}" if match[1] else match[0], written)


def _choice(parameter: Parameter, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise ParameterInvalid(
            variant="choice",
            parameter=parameter.name,
            value=_shown(value),
            known=", ".join(known),
        )
    return _text(value)


def _refused(parameter: Parameter, value: str, variant: str) -> ParameterInvalid:
    return ParameterInvalid(variant=variant, parameter=parameter.name, value=_shown(value))


def _shown(value: str) -> str:
    """A value as an error may repeat it: short, and of characters that can be written."""
    return value[:SHOWN_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


_TERMS: Mapping[str, Callable[[SavedQuestions, Parameter, str], str]] = {
    "iri": SavedQuestions.iri,
    "lang": SavedQuestions.language,
    "date": lambda _, parameter, value: _date(parameter, value),
    "integer": lambda _, parameter, value: _integer(parameter, value),
    "text": lambda _, _parameter, value: _text(value),
    "enum": lambda _, parameter, value: _choice(parameter, value, parameter.values),
}
