"""/queries: the saved questions, listed and asked."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from jalon.content.question_table import Audience, ParameterType
from jalon.content.questions import SavedQuestion
from jalon.errors import LANGUAGES, NotAcceptable
from jalon.services.questions import Questions
from jalon.services.saved import SavedQuestions
from jalon.store.port import SOLUTION_FORMATS, ResultFormat
from jalon.web.answers import answered
from jalon.web.connection import preflight_headers
from jalon.web.negotiation import choose_format
from jalon.web.problems import OPEN
from jalon.web.requests import parameters_in, release_in

METHODS = "GET, HEAD, OPTIONS"
LIST_FORMATS = (
    ResultFormat("json", "application/json", "application/json"),
    ResultFormat("csv", "text/csv", "text/csv; charset=utf-8"),
)
SUFFIXES = {each.name: each for each in SOLUTION_FORMATS}
"""``/queries/plans.csv`` asks for CSV, whatever the client accepts."""


class ParameterView(BaseModel):
    """What a question can be told; it is required when it has no default."""

    name: str
    type: ParameterType
    title: Mapping[str, str]
    required: bool
    default: str | None
    values: tuple[str, ...]
    of_class: str | None


class QuestionView(BaseModel):
    """A saved question as it is listed; ``path`` answers it."""

    id: str
    path: str
    title: Mapping[str, str]
    question: Mapping[str, str]
    audience: Audience | None
    columns: tuple[str, ...]
    parameters: tuple[ParameterView, ...]
    since: str
    entailment: bool
    empty: Mapping[str, str] | None


class QuestionList(BaseModel):
    """Every saved question, by id."""

    questions: list[QuestionView]


def add_queries(app: FastAPI, saved: SavedQuestions, questions: Questions) -> None:
    """Adds /queries and /queries/{id}, whose answers come from ``questions``."""
    said = tomllib.loads(files("jalon.web").joinpath("openapi.toml").read_text(encoding="utf-8"))
    listing: dict[int | str, dict[str, Any]] = {
        200: {"model": QuestionList, "content": {"text/csv": {}}}
    }

    @app.get("/queries", response_class=Response, responses=listing, openapi_extra=said["list"])
    async def every_question(request: Request) -> Response:
        return _list(saved, _preferred(request, LIST_FORMATS))

    @app.get("/queries/{name}", response_class=Response, openapi_extra=said["saved"])
    async def one_question(request: Request, name: str) -> Response:
        question, suffix = _found(saved, name)
        release, given = release_in(parameters_in(bytes(request.scope["query_string"])))
        wanted = SUFFIXES.get(suffix) or _preferred(request, SOLUTION_FORMATS)
        asked = replace(saved.asked(question, given, wanted), release=release)
        return await answered(request, questions, asked)

    async def preflight() -> Response:
        return Response(status_code=204, headers=preflight_headers(METHODS))

    for path, answer in (("/queries", every_question), ("/queries/{name}", one_question)):
        app.add_api_route(path, answer, methods=["HEAD"], include_in_schema=False)
        app.add_api_route(path, preflight, methods=["OPTIONS"], include_in_schema=False)


def _found(saved: SavedQuestions, name: str) -> tuple[SavedQuestion, str]:
    """The question that a name asks for, and the suffix that names a format."""
    stem, _, suffix = name.rpartition(".")
    if suffix in SUFFIXES:
        return saved.get(stem), suffix
    return saved.get(name), ""


def _preferred(request: Request, formats: Sequence[ResultFormat]) -> ResultFormat:
    accept = ", ".join(request.headers.getlist("accept"))
    wanted = choose_format(accept, formats)
    if wanted is None:
        raise NotAcceptable(available=", ".join(each.media_type for each in formats))
    return wanted


def _list(saved: SavedQuestions, wanted: ResultFormat) -> Response:
    write = _as_csv if wanted.name == "csv" else _as_json
    headers = {**OPEN, "Vary": "Accept", "X-Content-Type-Options": "nosniff"}
    return Response(write(saved.all()), headers=headers, media_type=wanted.content_type)


def _as_json(questions: Sequence[SavedQuestion]) -> str:
    return QuestionList(questions=[_view(each) for each in questions]).model_dump_json()


def _as_csv(questions: Sequence[SavedQuestion]) -> str:
    """One line a question, its texts in each language of ours."""
    out = io.StringIO()
    rows = csv.writer(out)
    texts = [f"{part}_{language}" for part in ("title", "question") for language in LANGUAGES]
    rows.writerow(["id", "path", "audience", *texts, "parameters", "columns"])
    for each in questions:
        written = [part[language] for part in (each.title, each.question) for language in LANGUAGES]
        names = " ".join(parameter.name for parameter in each.parameters)
        path = f"/queries/{each.id}"
        rows.writerow([each.id, path, each.audience, *written, names, " ".join(each.columns)])
    return out.getvalue()


def _view(question: SavedQuestion) -> QuestionView:
    return QuestionView(
        id=question.id,
        path=f"/queries/{question.id}",
        title=question.title,
        question=question.question,
        audience=question.audience,
        columns=question.columns,
        parameters=tuple(
            ParameterView(
                name=each.name,
                type=each.type,
                title=each.title,
                required=each.default is None,
                default=each.default,
                values=each.values,
                of_class=each.of_class,
            )
            for each in question.parameters
        ),
        since=question.since,
        entailment=question.entailment,
        empty=question.empty,
    )
