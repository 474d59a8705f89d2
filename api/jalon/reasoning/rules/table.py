"""The table of the rules, read: see ``owl2rl.rules`` for what is written there, and how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jalon.reasoning.rules.terms import TYPE, Terms

TABLE = "owl2rl.rules"

Meant = int | str
"""A word of a pattern: a term, or a variable by its name, which begins with ``?``."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple of terms and variables; ``number`` is the integer that the value has to be."""

    subject: Meant
    predicate: Meant
    value: Meant
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Something that is asked of a list: see the table."""

    how: Literal["holds", "pairs", "every", "path", "values"]
    list: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows where it is no triple: ``what`` for, or with, ``of``."""

    kind: Literal["one", "false"]
    what: tuple[str, ...]
    of: tuple[str, ...]


Condition = Pattern | Listed


@dataclass(frozen=True, slots=True)
class Template:
    """One rule of the table, with one conclusion of those it may have."""

    name: str
    axiom: tuple[Condition, ...]
    body: tuple[Condition, ...]
    head: Pattern | Outcome


def read_table(terms: Terms) -> tuple[Template, ...]:
    """The rules of OWL 2 RL, their vocabulary among the terms."""
    text = Path(__file__).with_name(TABLE).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(template for line in lines for template in _templates(line, terms))


def _templates(line: str, terms: Terms) -> Iterable[Template]:
    name, axiom, body, heads = (column.strip() for column in line.split("|"))
    conditions = [
        tuple(_condition(each.split(), terms) for each in column.split(" . ") if each)
        for column in (axiom, body)
    ]
    for head in heads.split(" . "):
        yield Template(name, conditions[0], conditions[1], _head(head.split(), terms))


def _condition(words: list[str], terms: Terms) -> Condition:
    for place, word in enumerate(words):
        if word in ("holds", "pairs"):
            return Listed(word, words[place - 1], tuple(words[place + 1 :]))  # type: ignore[arg-type]
        if word in ("every", "path", "values"):
            return Listed(word, words[place + 1], (words[0], *words[place + 2 :]))  # type: ignore[arg-type]
    subject, predicate, value = words
    number = int(value) if value.isdigit() else None
    return Pattern(
        _meant(subject, terms),
        _meant(predicate, terms),
        f"?{value}" if number is not None else _meant(value, terms),
        number,
    )


def _head(words: list[str], terms: Terms) -> Pattern | Outcome:
    if words[0] in ("one", "false"):
        parting = "for" if words[0] == "one" else "with"
        cut = words.index(parting) if parting in words else len(words)
        kind: Literal["one", "false"] = "one" if words[0] == "one" else "false"
        return Outcome(kind, tuple(words[1:cut]), tuple(words[cut + 1 :]))
    subject, predicate, value = (_meant(word, terms) for word in words)
    return Pattern(subject, predicate, value)


def _meant(word: str, terms: Terms) -> Meant:
    if word.startswith("?"):
        return word
    return TYPE if word == "a" else terms.named(word)
