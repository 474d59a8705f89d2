"""The pages on which something is asked: saved questions, SPARQL, and the check of a file."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from starlette.routing import Route

from jalon.content.questions import SavedQuestion
from jalon.errors import LANGUAGES, JalonError
from jalon.services.naming import Choice, Naming
from jalon.services.questions import Question, Questions
from jalon.services.saved import SavedQuestions
from jalon.services.validation import Submission, Validation
from jalon.store.port import GRAPH_FORMATS, MEGABYTE, SOLUTION_FORMATS, ResultFormat
from jalon.web.answers import answered
from jalon.web.connection import CLIENT_GONE, client_of, while_connected
from jalon.web.pages.answers import Problem, Shown, iris_in, labelled_table, shown_answer
from jalon.web.pages.links import Link
from jalon.web.pages.questions import (
    QuestionPage,
    address,
    completed,
    fields_of,
    grouped,
)
from jalon.web.pages.rendering import page_response
from jalon.web.pages.reports import report_view
from jalon.web.pages.sparql import ValidatePage, body_of, edit_address, sparql_page
from jalon.web.pages.words import Text
from jalon.web.problems import status_of
from jalon.web.representations import SUFFIXES
from jalon.web.requests import read_question
from jalon.web.routes.pages import Asked, PageRoutes
from jalon.web.uploads import read_documents

JSON = SOLUTION_FORMATS[0]
MOST_CHOICES = 300
"""A parameter with more choices is a field to write in."""

DOWNLOADS = {
    **{each.name: each for each in SOLUTION_FORMATS},
    **{SUFFIXES[each.name]: each for each in GRAPH_FORMATS},
}
"""The formats that ``/sparql.{suffix}`` answers in, whatever the browser accepts."""

Given = Sequence[tuple[str, str]]
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class AskingServices:
    """The use cases that these pages need; ``upload_limit`` is in bytes."""

    questions: Questions
    saved: SavedQuestions
    validation: Validation
    upload_limit: int


class AskingRoutes:
    """The handlers; what they show depends on what they are asked and is not kept."""

    def __init__(self, routes: PageRoutes, services: AskingServices) -> None:
        self._routes = routes
        self._services = services

    async def questions(self, asked: Asked) -> bytes:
        """The list of all questions."""
        page = {"groups": grouped(self._services.saved.all(), asked.names)}
        return self._routes.html("questions.html", asked, page)

    async def question(self, request: Request) -> Response:
        """One question: its form, and its answer where it can be given."""
        asked = await self._routes.asked(request)
        question = self._services.saved.get(asked.below("questions"))
        given = completed(question, asked.given, asked.language)
        said = await while_connected(request, self._answered(question, given, asked))
        if said is None:
            return Response(status_code=CLIENT_GONE)
        page = await self._question_page(question, given, asked, said[0])
        return self._routes.response(
            asked, self._routes.html("question.html", asked, page), said[1]
        )

    async def sparql(self, request: Request) -> Response:
        """The field for a query, and what came of it."""
        asked = await self._routes.asked(request)
        texts = [value for name, value in asked.given if name == "query"]
        query = texts[0].replace("\r\n", "\n") if texts else None
        said: Shown | Problem | None = None
        status = 200
        if query is not None:
            found = await while_connected(request, self._asked(query, asked))
            if found is None:
                return Response(status_code=CLIENT_GONE)
            said, status = found
        page = sparql_page(query, self._services.saved.all(), asked.names, said)
        return self._routes.response(asked, self._routes.html("sparql.html", asked, page), status)

    def download(self, wanted: ResultFormat) -> Handler:
        """A handler that gives the whole answer to a query in one format."""
        is_graph = wanted in GRAPH_FORMATS

        async def handler(request: Request) -> Response:
            read = await read_question(request, 0)
            question = replace(
                read,
                solutions=None if is_graph else wanted,
                graph=wanted if is_graph else None,
            )
            return await answered(request, self._services.questions, question)

        return handler

    async def validate(self, request: Request) -> Response:
        """The form for a file, and the report on what was sent."""
        asked = await self._routes.asked(request)
        limit = self._services.upload_limit // MEGABYTE
        page, status = ValidatePage(limit), 200
        if request.method == "POST":
            found = await while_connected(request, self._checked(request, asked))
            if found is None:
                return Response(status_code=CLIENT_GONE)
            page, status = found
        body = self._routes.html("validate.html", asked, page)
        return page_response(request, body, asked.language, status, cached=request.method != "POST")

    async def _checked(self, request: Request, asked: Asked) -> tuple[ValidatePage, int]:
        limit = self._services.upload_limit
        try:
            data, *shapes = await read_documents(request, limit)
            sent = Submission(data, tuple(shapes), request.query_params.get("graph"))
            report = await self._services.validation.check(sent, "application/json", asked.language)
        except JalonError as error:
            return ValidatePage(limit // MEGABYTE, error=_problem(error, asked)), status_of(error)
        view = report_view(json.loads(report.content), asked.names)
        return ValidatePage(limit // MEGABYTE, report=view), 200

    async def _asked(self, query: str, asked: Asked) -> tuple[Shown | Problem, int]:
        question = Question(
            query,
            solutions=JSON,
            graph=GRAPH_FORMATS[0],
            release=_release(asked),
            client=client_of(asked.request),
        )
        try:
            with await self._services.questions.answer(question) as answer:
                permalink = asked.here.permalink()
                return await shown_answer(answer, asked.names, query, permalink), 200
        except JalonError as error:
            return _problem(error, asked), status_of(error)

    async def _answered(
        self, question: SavedQuestion, given: Given, asked: Asked
    ) -> tuple[Shown | Problem, int]:
        try:
            bound = self._services.saved.asked(question, given, JSON)
            ready = replace(bound, release=_release(asked), client=client_of(asked.request))
            with await self._services.questions.answer(ready) as answer:
                found = json.loads(await answer.read())
            labels = await Naming(asked.reading.asking).names(iris_in(found))
        except JalonError as error:
            return _problem(error, asked), status_of(error)
        here = replace(asked.here, query=urlencode(given))
        downloads = tuple(
            (each.name.upper(), asked.names.pinned(address(question, given, f".{each.name}")))
            for each in SOLUTION_FORMATS
            if each.name in {"csv", "json"}
        )
        return Shown(
            here.permalink(), downloads, table=labelled_table(found, asked.names, labels)
        ), 200

    async def _question_page(
        self, question: SavedQuestion, given: Given, asked: Asked, said: Shown | Problem
    ) -> QuestionPage:
        words, language = asked.words, asked.language
        answer = said if isinstance(said, Shown) else None
        text = self._services.saved.bind(question, given) if answer else question.text
        return QuestionPage(
            id=question.id,
            title=question.title[language],
            question=question.question[language],
            audience=words.say(f"questions.user-{question.audience}") if question.audience else "",
            list=Link(
                Text(words.say("questions.title")),
                asked.names.pinned(f"/{language}/questions"),
            ),
            fields=fields_of(
                question,
                self._values(question, given),
                await self._choices(question, asked),
                asked.names,
            ),
            answer=answer,
            error=said if isinstance(said, Problem) else None,
            empty=question.empty[language] if question.empty else "",
            query=body_of(text),
            edit=edit_address(body_of(text), asked.names),
        )

    def _values(self, question: SavedQuestion, given: Given) -> dict[str, str]:
        """What the fields of a form hold: IRIs in full, so that they are found among choices."""
        saved, values = self._services.saved, dict(given)
        for parameter in question.parameters:
            value = values.get(parameter.name, parameter.default)
            if parameter.type == "iri" and value and not (parameter.takes_any and value == "*"):
                try:
                    values[parameter.name] = saved.iri(parameter, value).strip("<>")
                except (JalonError, ValueError):
                    values[parameter.name] = value
        return values

    async def _choices(self, question: SavedQuestion, asked: Asked) -> dict[str, Sequence[Choice]]:
        found: dict[str, Sequence[Choice]] = {}
        for parameter in question.parameters:
            prefix, _, name = (parameter.of_class or "").partition(":")
            if prefix in self._services.saved.prefixes:
                class_iri = self._services.saved.prefixes[prefix] + name
                choices = await Naming(asked.reading.asking).choices(class_iri)
                if len(choices) <= MOST_CHOICES:
                    found[parameter.name] = choices
        return found


def add_asking_pages(app: FastAPI, routes: PageRoutes, services: AskingServices) -> None:
    """Adds the pages for questions, queries and files under each language."""
    asking = AskingRoutes(routes, services)
    add = app.router.routes.append
    for language in LANGUAGES:
        add(Route(f"/{language}/questions", routes.kept(asking.questions)))
        add(Route(f"/{language}/questions/{{name}}", asking.question))
        add(Route(f"/{language}/sparql", asking.sparql))
        add(Route(f"/{language}/validate", asking.validate, methods=["GET", "POST"]))
    for suffix, wanted in DOWNLOADS.items():
        add(Route(f"/sparql.{suffix}", asking.download(wanted)))


def _problem(error: JalonError, asked: Asked) -> Problem:
    return Problem(error.title(asked.language), error.detail(asked.language))


def _release(asked: Asked) -> str:
    """The answer is of the release that its names are of."""
    return str(asked.reading.as_of.number)
