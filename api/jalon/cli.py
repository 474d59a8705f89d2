"""The ``jalon`` command: serve, check, query, verify-source, fmt, settings.

Exit codes: 0 done and well, 1 findings or differences, 2 the command could not do its work.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypedDict

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from jalon import build
from jalon.content.findings import Finding
from jalon.content.layout import formatted
from jalon.content.locate import find_pack
from jalon.content.pack import read_prefixes, turtle_files
from jalon.content.rules.catalogue import check_pack
from jalon.content.turtle import read_text, shortened
from jalon.content.verification import Difference, verify_source
from jalon.errors import FileUnreadable, JalonError, NotAcceptable, messages
from jalon.settings import effective, read_settings


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    TURTLE = "turtle"


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


MEDIA_TYPES = {
    Format.TABLE: "application/sparql-results+json",
    Format.JSON: "application/sparql-results+json",
    Format.CSV: "text/csv",
    Format.TURTLE: "text/turtle",
}

app = typer.Typer(
    help="A knowledge graph and SPARQL service for public action plans.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Runs the command; an error of ours is one line on stderr and exit code 2."""
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)  # ill-typed literals are findings
    try:
        app()
    except JalonError as error:
        _complain(error)
        sys.exit(2)


def language() -> str:
    """French where the locale of the environment is French, else English."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((name for name in names if name), "")
    return "fr" if locale.lower().startswith("fr") else "en"


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    allow_unsandboxed: Annotated[
        bool, typer.Option(help="Listen beyond loopback though queries can reach the network.")
    ] = False,
) -> None:
    """Serve the pack over HTTP until interrupted."""
    asked = {"host": host, "port": port}
    settings = read_settings(**{name: value for name, value in asked.items() if value is not None})
    build.serve(settings, allow_unsandboxed=allow_unsandboxed)


@app.command()
def check(
    pack: Annotated[Path | None, typer.Argument(help="Folder of a pack; by default ours.")] = None,
) -> None:
    """Run every content rule over a pack."""
    root = find_pack(pack or read_settings().pack)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rule]}"))
    with Progress(*columns, console=_console(stderr=True), transient=True) as progress:
        task = progress.add_task(_text("check", "running"), rule="")

        def advance(rule: str, number: int, count: int) -> None:
            progress.update(task, completed=number - 1, total=count, rule=rule)

        report = check_pack(root, advance)
    for rule, found in itertools.groupby(report.findings, key=lambda finding: finding.rule):
        _print_findings(rule, list(found))
    counts = {"rules": report.rules, "files": report.files, "triples": report.triples}
    _say("check", "summary", findings=len(report.findings), **counts)
    raise typer.Exit(1 if report.findings else 0)


@app.command()
def query(
    file: Annotated[str, typer.Argument(help="File with a SPARQL query, or - for stdin.")],
    answer_format: Annotated[
        Format, typer.Option("--format", help="A table prints graphs as Turtle.")
    ] = Format.TABLE,
) -> None:
    """Ask the pack one SPARQL query."""
    text = _read_query(file)
    settings = read_settings()
    try:
        answer = build.ask(settings, text, MEDIA_TYPES[answer_format])
    except NotAcceptable:
        if answer_format is not Format.TABLE:
            raise
        answer = build.ask(settings, text, MEDIA_TYPES[Format.TURTLE])
        answer_format = Format.TURTLE
    if answer_format is Format.TABLE:
        _print_table(json.loads(answer), read_prefixes(find_pack(settings.pack)))
    else:
        typer.echo(answer, nl=False)


@app.command("verify-source")
def verify(
    file: Annotated[Path, typer.Argument(help="The source document as a file.")],
    document: Annotated[
        str | None, typer.Option(help="Its document in the pack: local id, or IRI.")
    ] = None,
) -> None:
    """Compare a source document with every passage that the pack cites of it."""
    verification = verify_source(build.pack_of(read_settings()), file, document)
    for difference in verification.differing:
        _print_difference(difference)
    matching, differing = len(verification.matching), len(verification.differing)
    iri = verification.document.iri
    _say("verify", "matching", document=iri, matching=matching, all=matching + differing)
    same = "same_file" if verification.same_file else "other_file"
    _say("verify", same, digest=verification.file_digest)
    raise typer.Exit(1 if differing else 0)


@app.command()
def fmt(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Turtle files or folders; by default the pack's.")
    ] = None,
    check_only: Annotated[
        bool, typer.Option("--check", help="Change nothing; say what is not laid out.")
    ] = False,
) -> None:
    """Lay out Turtle files; comments are not kept."""
    root = find_pack(read_settings().pack)
    prefixes = read_prefixes(root)
    files = [file for path in paths for file in _turtle_in(path)] if paths else turtle_files(root)
    changed = broken = 0
    for file in files:
        try:
            changed += _lay_out(file, prefixes, check_only=check_only)
        except FileUnreadable as error:
            broken += 1
            _complain(error)
    _say("fmt", "summary", files=len(files), changed=changed, broken=broken)
    raise typer.Exit(2 if broken else int(check_only and changed > 0))


@app.command("settings")
def show_settings() -> None:
    """Print the settings in force."""
    headings = (_text("settings", part) for part in ("name", "value", "meaning"))
    table = Table(*headings)
    for row in effective(read_settings()):
        table.add_row(*(Text(cell) for cell in row))
    _console().print(table)


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, markup=False, soft_wrap=True)


def _text(command: str, part: str, **values: str | int) -> str:
    return messages("cli")[command][part][language()].format(**values)


def _say(command: str, part: str, **values: str | int) -> None:
    _console().print(_text(command, part, **values))


def _complain(error: JalonError) -> None:
    _console(stderr=True).print(_text("error", "line", text=error.detail(language())))


def _print_findings(rule: str, findings: list[Finding]) -> None:
    console = _console()
    console.print(f"{rule} ({len(findings)})", style="bold")
    for files, found in itertools.groupby(findings, key=lambda finding: finding.hit.files):
        console.print(f"  {', '.join(files)}", style="cyan")
        for finding in found:
            line = f"{finding.hit.line}: " if finding.hit.line else ""
            console.print(f"    {line}{finding.message[language()]}")


def _read_query(file: str) -> str:
    if file != "-":
        return read_text(Path(file), file)
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as exc:
        raise FileUnreadable(file=file, line=1, reason=str(exc)) from exc


def _print_table(answer: Answer, prefixes: dict[str, str]) -> None:
    """Solutions as a table, a boolean as a word."""
    if "boolean" in answer:
        typer.echo(json.dumps(answer["boolean"]))
        return
    variables = answer["head"]["vars"]
    table = Table(*variables)
    rows = answer["results"]["bindings"]
    for row in rows:
        table.add_row(*(Text(_cell(row.get(name), prefixes)) for name in variables))
    console = _console()
    console.print(table)
    console.print(_text("query", "summary", rows=len(rows)))


def _cell(term: dict[str, str] | None, prefixes: dict[str, str]) -> str:
    if term is None:
        return ""
    if term["type"] != "uri":
        tag = term.get("xml:lang")
        return f"{term['value']} @{tag}" if tag else term["value"]
    return shortened(term["value"], prefixes)


def _print_difference(difference: Difference) -> None:
    citation = difference.citation
    said = {
        "citation": citation.iri,
        "locator": citation.locator,
        "things": ", ".join(citation.things),
        "cited": citation.digest,
    }
    if difference.found is None:
        _say("verify", "missing", **said)
    else:
        _say("verify", "differs", found=difference.found, **said)
    if difference.moved_to is not None:
        _say("verify", "moved", place=difference.moved_to)


def _turtle_in(path: Path) -> list[Path]:
    return sorted(path.rglob("*.ttl")) if path.is_dir() else [path]


def _lay_out(file: Path, prefixes: dict[str, str], *, check_only: bool) -> bool:
    """Whether the file differed from the layout; it has it now, unless only checked."""
    text = read_text(file, str(file))
    laid_out = formatted(text, prefixes, str(file))
    if laid_out == text:
        return False
    if not check_only:
        file.write_bytes(laid_out.encode("utf-8"))
    _say("fmt", "unlaid" if check_only else "changed", file=str(file))
    return True
