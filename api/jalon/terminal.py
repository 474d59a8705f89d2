"""What the command prints, and in which language."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from jalon.content.findings import Finding
from jalon.content.questions import SavedQuestion
from jalon.content.turtle import shortened
from jalon.content.verification import Difference
from jalon.errors import JalonError, messages


def language() -> str:
    """French where the locale of the environment is French, else English."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((name for name in names if name), "")
    return "fr" if locale.lower().startswith("fr") else "en"


class Head(TypedDict):
    """The variables of an answer, in the order of the query."""

    vars: list[str]


class Solutions(TypedDict):
    """The rows of an answer: each binds variables to terms."""

    bindings: list[dict[str, dict[str, str]]]


class Answer(TypedDict, total=False):
    """SPARQL 1.1 Query Results JSON: head and results, or a boolean."""

    head: Head
    results: Solutions
    boolean: bool


def console(*, stderr: bool = False) -> Console:
    """A console that prints text as it is."""
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def text_of(command: str, part: str, **values: str | int) -> str:
    """A text of the command in the user's language, filled in."""
    return text_in(None, command, part, **values)


def text_in(words: str | None, command: str, part: str, **values: str | int) -> str:
    """A text of the command in a language, by default the user's, filled in."""
    return messages("cli")[command][part][words or language()].format(**values)


def say(command: str, part: str, **values: str | int) -> None:
    """Prints a text of the command."""
    console().print(text_of(command, part, **values))


def remark(command: str, part: str, **values: str | int) -> None:
    """Prints a text on stderr, beside what others may read from stdout."""
    console(stderr=True).print(text_of(command, part, **values))


def print_rows(
    command: str, headings: Iterable[str], rows: Iterable[Iterable[str]], *, whole: int = 0
) -> None:
    """A table, with texts of the command as headings; the first ``whole`` columns never wrap."""
    table = Table()
    for column, part in enumerate(headings):
        table.add_column(text_of(command, part), no_wrap=column < whole, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)


def progress_bar() -> Progress:
    """A bar on stderr that leaves nothing behind; tasks have a field ``rule``."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rule]}"))
    return Progress(*columns, console=console(stderr=True), transient=True)


def complain(error: JalonError, path: Path | None = None, words: str | None = None) -> None:
    """One line on stderr, with the file that it is about when the error does not name it.

    In a language, by default the user's.
    """
    text = error.detail(words or language())
    if path is not None:
        text = text_in(words, "validate", "unread", file=str(path), text=text)
    console(stderr=True).print(text_in(words, "error", "line", text=text))


def print_findings(rule: str, findings: list[Finding]) -> None:
    """The findings of one rule, under the files that they are in."""
    printer = console()
    printer.print(f"{rule} ({len(findings)})", style="bold")
    for files, found in itertools.groupby(findings, key=lambda finding: finding.hit.files):
        printer.print(f"  {', '.join(files)}", style="cyan")
        for finding in found:
            line = f"{finding.hit.line}: " if finding.hit.line else ""
            printer.print(f"    {line}{finding.message[language()]}")


def print_table(answer: Answer, prefixes: dict[str, str]) -> None:
    """Solutions as a table, a boolean as a word."""
    if "boolean" in answer:
        typer.echo(json.dumps(answer["boolean"]))
        return
    variables = answer["head"]["vars"]
    table = Table(*variables)
    rows = answer["results"]["bindings"]
    for row in rows:
        table.add_row(*(Text(_cell(row.get(name), prefixes)) for name in variables))
    printer = console()
    printer.print(table)
    printer.print(text_of("query", "summary", rows=len(rows)))


def print_questions(questions: Iterable[SavedQuestion]) -> None:
    """Each question with its parameters; those in brackets need not be given."""
    words = language()
    rows = (
        (
            question.id,
            question.question[words],
            ", ".join(
                each.name if each.default is None else f"[{each.name}]"
                for each in question.parameters
            ),
        )
        for question in questions
    )
    print_rows("ask", ("id", "question", "parameters"), rows)


def _cell(term: dict[str, str] | None, prefixes: dict[str, str]) -> str:
    if term is None:
        return ""
    if term["type"] != "uri":
        tag = term.get("xml:lang")
        return f"{term['value']} @{tag}" if tag else term["value"]
    return shortened(term["value"], prefixes)


def print_difference(difference: Difference) -> None:
    """A passage that is not as it is cited."""
    citation = difference.citation
    said = {
        "citation": citation.iri,
        "locator": citation.locator,
        "things": ", ".join(citation.things),
        "cited": citation.digest,
    }
    if difference.found is None:
        say("verify", "missing", **said)
    else:
        say("verify", "differs", found=difference.found, **said)
    if difference.moved_to is not None:
        say("verify", "moved", place=difference.moved_to)
