"""Rules that are questions: each ``.rq`` file here selects what breaks it, so no row is good.

Its variables are ?subject, and where they help ?value and ?graph. The material's store says what
it can ask of (``material.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import TypedDict, cast

import pyoxigraph

from jalon.content.findings import Hit, Rule
from jalon.content.front_matter import parse_front_matter
from jalon.content.material import Material


class _FrontMatter(TypedDict):
    id: str
    message: dict[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """The text of a rule that is a question."""

    text: str

    def find(self, material: Material) -> Iterator[Hit]:
        """One hit for each row, in the order of the rows' subjects."""
        answer = cast(pyoxigraph.QuerySolutions, material.store.query(self.text))
        names = {variable.value for variable in answer.variables}
        for row in answer:
            subject, value, graph = (
                row[name] if name in names else None for name in ("subject", "value", "graph")
            )
            yield Hit(
                subject=_shown(subject, material),
                value=_shown(value, material),
                files=material.files_of(_text(subject), _text(graph) or None),
            )


def graph_rules() -> Iterator[Rule]:
    """Every rule that is a question, sorted by id."""
    for resource in sorted(files("jalon.content.rules").iterdir(), key=lambda found: found.name):
        if resource.name.endswith(".rq"):
            text = resource.read_text(encoding="utf-8")
            head = cast(_FrontMatter, parse_front_matter(text, resource.name))
            yield Rule(head["id"], head["message"], Question(text).find)


def _text(term: object) -> str:
    return str(getattr(term, "value", "")) if term is not None else ""


def _shown(term: object, material: Material) -> str:
    if isinstance(term, pyoxigraph.NamedNode):
        return material.short(term.value)
    return _text(term)
