"""``jalon query`` and ``jalon ask``."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from jalon import build
from jalon.arguments import given_parameters, read_query
from jalon.content.locate import find_pack
from jalon.content.pack import read_prefixes
from jalon.errors import NotAcceptable
from jalon.settings import read_settings
from jalon.store.port import CSV_SOLUTIONS, JSON_SOLUTIONS
from jalon.terminal import print_questions, print_table


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    TURTLE = "turtle"


class AnswerFormat(StrEnum):
    """How the answer to a saved question is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


MEDIA_TYPES = {
    Format.TABLE: "application/sparql-results+json",
    Format.JSON: "application/sparql-results+json",
    Format.CSV: "text/csv",
    Format.TURTLE: "text/turtle",
}

SOLUTIONS = {
    AnswerFormat.TABLE: JSON_SOLUTIONS,
    AnswerFormat.JSON: JSON_SOLUTIONS,
    AnswerFormat.CSV: CSV_SOLUTIONS,
}

commands = typer.Typer()


@commands.command()
def query(
    file: Annotated[str, typer.Argument(help="File with a SPARQL query, or - for stdin.")],
    answer_format: Annotated[
        Format, typer.Option("--format", help="A table prints graphs as Turtle.")
    ] = Format.TABLE,
) -> None:
    """Ask the pack one SPARQL query."""
    text = read_query(file)
    settings = read_settings()
    try:
        answer = build.ask(settings, text, MEDIA_TYPES[answer_format])
    except NotAcceptable:
        if answer_format is not Format.TABLE:
            raise
        answer = build.ask(settings, text, MEDIA_TYPES[Format.TURTLE])
        answer_format = Format.TURTLE
    if answer_format is Format.TABLE:
        print_table(json.loads(answer), read_prefixes(find_pack(settings.pack)))
    else:
        typer.echo(answer, nl=False)


@commands.command()
def ask(
    question: Annotated[
        str | None, typer.Argument(help="Id of a saved question; without it, all are listed.")
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option(help="A parameter as name=value; repeatable.")
    ] = None,
    answer_format: Annotated[AnswerFormat, typer.Option("--format")] = AnswerFormat.TABLE,
    lang: Annotated[
        str | None, typer.Option(help="Language of the labels; by default that of the locale.")
    ] = None,
) -> None:
    """Ask the pack one of its saved questions, or list them."""
    settings = read_settings()
    pack = build.pack_of(settings)
    saved = build.questions_of(pack)
    if question is None:
        print_questions(saved.all())
        return
    chosen = saved.get(question)
    given = given_parameters(param or [], lang, chosen)
    asked = saved.asked(chosen, given, SOLUTIONS[answer_format])
    answer = build.answer(settings, asked, pack)
    if answer_format is AnswerFormat.TABLE:
        print_table(json.loads(answer), dict(pack.prefixes))
    else:
        typer.echo(answer, nl=False)
