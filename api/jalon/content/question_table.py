"""What the front matter of a saved question may say, and where it says something else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from jalon.errors import LANGUAGES

Table = Mapping[str, object]
"""A table as TOML gives it."""

MARKER = "#@ params"
ANY = "*"
"""The default of an IRI parameter that need not be given: whichever fits."""
TODAY = "$today"
"""The default of a date parameter that is the day of asking."""

ParameterType = Literal["iri", "date", "integer", "text", "lang", "enum"]
Audience = Literal["researcher", "reporting-tool", "data-steward"]
INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_VARIABLE = re.compile(r"[a-z][A-Za-z0-9]*", re.ASCII)
_VERSION = re.compile(r"\d+\.\d+\.\d+", re.ASCII)
MARKED = re.compile(rf"^[ \t]*{re.escape(MARKER)}[ \t]*$", re.MULTILINE)
_PARAMETER_KEYS = frozenset(("type", "class", "default", "title", "values"))


@dataclass(frozen=True, slots=True)
class Fault:
    """A key that is unknown, missing or wrong; ``line`` is 1 where a missing one should stand."""

    key: str
    line: int


def faults_of(table: Table, text: str, stem: str) -> Iterator[Fault]:
    """Everything wrong with a front matter, in the file ``{stem}.rq`` with this text.

    Nothing is wrong when every key is known, has a value of its type, and the marker of parameters
    stands in the query exactly where there are parameters.
    """
    for key in (*_key_faults(table, stem), *_parameters_faults(table, text)):
        yield Fault(key, _line_of(key, text))


def _key_faults(table: Table, stem: str) -> Iterator[str]:
    yield from (key for key in table if key not in _KEYS)
    yield from (key for key in _REQUIRED if key not in table)
    yield from (key for key, sound in _KEYS.items() if key in table and not sound(table[key]))
    if isinstance(table.get("id"), str) and table["id"] != stem:
        yield "id"


def _parameters_faults(table: Table, text: str) -> Iterator[str]:
    parameters = table.get("params")
    found = parameters if isinstance(parameters, dict) else {}
    for name, parameter in found.items():
        used = re.search(rf"[?$]{re.escape(name)}\b", text)
        if not (_VARIABLE.fullmatch(name) and used and _is_parameter(parameter)):
            yield f"params.{name}"
    if bool(found) is not bool(MARKED.search(text)):
        yield MARKER


def _is_parameter(value: object) -> bool:
    if not isinstance(value, dict) or not value.keys() <= _PARAMETER_KEYS:
        return False
    kind = value.get("type")
    return (
        kind in get_args(ParameterType)
        and _is_texts(value.get("title"))
        and ("values" in value) is (kind == "enum")
        and _is_names(value.get("values", ["-"]))
        and isinstance(value.get("class", ""), str)
        and ("class" not in value or kind == "iri")
        and ("default" not in value or _is_default(str(kind), value))
    )


def _is_default(kind: str, parameter: Table) -> bool:
    default = parameter["default"]
    if kind == "integer":
        return type(default) is int
    if not isinstance(default, str):
        return False
    if kind == "enum":
        values = parameter.get("values")
        return isinstance(values, list) and default in values
    return _DEFAULTS[kind](default)


def is_date(written: str) -> bool:
    """Whether this is a day of the calendar, as ``2026-11-21``."""
    try:
        return bool(DATE.fullmatch(written)) and bool(date.fromisoformat(written))
    except ValueError:
        return False


_DEFAULTS: Mapping[str, Callable[[str], bool]] = {
    "iri": bool,
    "text": lambda _: True,
    "lang": lambda default: LANGUAGE.fullmatch(default) is not None,
    "date": lambda default: default == TODAY or is_date(default),
}


def _is_texts(value: object) -> bool:
    """Texts by language, ours among them."""
    return (
        isinstance(value, dict)
        and value.keys() >= set(LANGUAGES)
        and all(isinstance(text, str) and text.strip() for text in value.values())
    )


def _is_names(value: object) -> bool:
    """A list of different texts, at least one."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(name, str) and name for name in value)
        and len(set(value)) == len(value)
    )


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


_KEYS: Mapping[str, Callable[[object], bool]] = {
    "id": _matches(_ID),
    "title": _is_texts,
    "question": _is_texts,
    "columns": _is_names,
    "since": _matches(_VERSION),
    "audience": lambda value: value in get_args(Audience),
    "entailment": lambda value: isinstance(value, bool),
    "empty": _is_texts,
    "params": lambda value: isinstance(value, dict),
}
_REQUIRED = ("id", "title", "question", "columns", "since")


def _line_of(key: str, text: str) -> int:
    """The line of the front matter that gives a key, else 1."""
    wanted = re.compile(rf"#\+\s*\[?{re.escape(key)}\b")
    lines = text.split("\n")
    return next((number for number, line in enumerate(lines, 1) if wanted.match(line)), 1)
