"""The service's addresses for programs, from its own OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "post", "put", "delete")


@dataclass(frozen=True, slots=True)
class ParameterView:
    """What an address can be told."""

    name: str
    place: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer by its status, and the formats that it comes in."""

    status: str
    description: str
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[ParameterView, ...]
    takes: tuple[str, ...]
    answers: tuple[AnswerView, ...]


@dataclass(frozen=True, slots=True)
class DocsPage:
    """Everything that the page for machines shows."""

    operations: tuple[Operation, ...]


def docs_page(document: Mapping[str, Any]) -> DocsPage:
    """The page of an OpenAPI 3 document, in the order of the document."""
    return DocsPage(tuple(_operations(document)))


def _operations(document: Mapping[str, Any]) -> Iterable[Operation]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield _operation(path, method, item[method])


def _operation(path: str, method: str, said: Mapping[str, Any]) -> Operation:
    return Operation(
        anchor=re.sub(r"[^a-z0-9]+", "-", f"{method}-{path}".lower()).strip("-"),
        method=method.upper(),
        path=path,
        summary=said.get("summary", ""),
        description=said.get("description", ""),
        parameters=tuple(
            ParameterView(
                name=each["name"],
                place=each["in"],
                required=each.get("required", False),
                description=each.get("description", ""),
            )
            for each in said.get("parameters", ())
        ),
        takes=tuple(said.get("requestBody", {}).get("content", {})),
        answers=tuple(
            AnswerView(status, each.get("description", ""), tuple(each.get("content", {})))
            for status, each in said["responses"].items()
        ),
    )
