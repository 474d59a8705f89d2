"""``jalon validate``: what is wrong with files, for people, programs, editors and code hosts."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jalon import build
from jalon.arguments import read_document
from jalon.errors import (
    ContentError,
    JalonError,
    RdfRefused,
    RdfSyntax,
    RequestError,
    SettingsInvalid,
    ShapesRefused,
)
from jalon.services.validation import Submission
from jalon.settings import read_settings
from jalon.terminal import complain, console, language, progress_bar, text_in, text_of
from jalon.validation.documents import Document
from jalon.validation.inspector import WrittenReport
from jalon.validation.port import SEVERITIES
from jalon.validation.report_sarif import SARIF, merged_logs, refusal_log
from jalon.validation.report_text import refusal_line

FINE, VIOLATIONS, USAGE, SERVICE = range(4)
"""The exit codes: what the files are, what the command was told, what its service is."""

_FAULTS_OF_DATA = (RdfSyntax, RdfRefused)
_FAULTS_OF_USE = (ContentError, RequestError, SettingsInvalid, ShapesRefused, *_FAULTS_OF_DATA)


class ReportFormat(StrEnum):
    """How a validation report is written."""

    TEXT = "text"
    SARIF = "sarif"
    JSON = "json"
    TURTLE = "turtle"
    JSONLD = "jsonld"
    NTRIPLES = "ntriples"


class Language(StrEnum):
    """The languages of ours."""

    EN = "en"
    FR = "fr"


class FailOn(StrEnum):
    """From which severity on a result makes the command fail."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


REPORT_TYPES = {
    ReportFormat.TEXT: "text/plain",
    ReportFormat.SARIF: SARIF,
    ReportFormat.JSON: "application/json",
    ReportFormat.TURTLE: "text/turtle",
    ReportFormat.JSONLD: "application/ld+json",
    ReportFormat.NTRIPLES: "application/n-triples",
}

commands = typer.Typer()


@commands.command()
def validate(  # noqa: PLR0913, PLR0917 - an option each
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="RDF files, each validated by itself; without any, all published."),
    ] = None,
    shapes: Annotated[
        list[Path] | None, typer.Option(help="Shapes to go by instead of the pack's; repeatable.")
    ] = None,
    graph: Annotated[
        str | None, typer.Option(help="The graph that the files are for: graph/editorial, or IRI.")
    ] = None,
    report_format: Annotated[
        ReportFormat, typer.Option("--format", help="How the report is written.")
    ] = ReportFormat.TEXT,
    lang: Annotated[
        Language | None, typer.Option("--language", "--lang", help="Language of text and SARIF.")
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option(help="The least severity that makes the exit code 1.")
    ] = FailOn.VIOLATION,
    output: Annotated[
        Path | None, typer.Option(help="The file that the report is written to, not stdout.")
    ] = None,
) -> None:
    """Check RDF files by the pack's shapes, or by others, and lead to what is wrong.

    Without a file, check all that is published.

    The exit code is 0 where nothing is, 1 where something is, 2 where the command cannot do what
    it is told, 3 where the files could not be validated for a reason that is not theirs.
    """
    words = lang.value if lang else language()
    with _ending(words):
        rules = tuple(read_document(path, "shapes") for path in shapes or ())
        run = _Run(report_format, words, fail_on)
        if files:
            run.over(files, lambda data: Submission(data, rules, graph))
        elif rules or graph:
            raise typer.BadParameter(text_in(words, "validate", "no_file"))
        else:
            run.over_published()
        content = run.content()
        if output is None:
            typer.echo(content, nl=False)
        else:
            _write(output, content, words)
        if files and (
            output is not None or (len(files) > 1 and report_format is ReportFormat.TEXT)
        ):
            summary = "summary_one" if len(files) == 1 else "summary"
            numbers = {"files": len(files), "wrong": run.wrong, "unread": run.unread}
            console().print(text_in(words, "validate", summary, **numbers))
        raise typer.Exit(run.status)


@dataclass(slots=True)
class _Run:
    """A run over files: what is written about them, and how many are how."""

    format: ReportFormat
    language: str
    fail_on: FailOn
    written: list[bytes] = field(default_factory=list)
    wrong: int = 0
    unread: int = 0
    status: int = FINE

    def over(self, files: Sequence[Path], submission: Callable[[Document], Submission]) -> None:
        """Validates files in turn; one that cannot be read does not stop those after it."""
        documents: list[Document] = []

        def sent() -> Iterator[Submission]:
            for path in files:
                documents.append(read_document(path, "data"))
                yield submission(documents[-1])

        with progress_bar() as progress:
            task = progress.add_task(text_of("validate", "running"), total=len(files), rule="")
            media_type = REPORT_TYPES[self.format]
            for report in build.validate(read_settings(), sent(), media_type, self.language):
                document = documents[-1]
                progress.update(task, advance=1, rule=document.file_name)
                if isinstance(report, JalonError):
                    self._refused(report, document)
                else:
                    self._reported(report)

    def over_published(self) -> None:
        """Validates all that is published."""
        with progress_bar() as progress:
            progress.add_task(text_of("validate", "running"), total=None, rule="")
            media_type = REPORT_TYPES[self.format]
            self._reported(build.validate_published(read_settings(), media_type, self.language))

    def content(self) -> bytes:
        """The whole that is written: one log of SARIF, else one report after another."""
        return merged_logs(self.written) if self.format is ReportFormat.SARIF else self._joined()

    def _joined(self) -> bytes:
        gap = b"\n" if self.format is ReportFormat.TEXT else b""
        return gap.join(self.written)

    def _reported(self, report: WrittenReport) -> None:
        is_wrong = _fails(report, self.fail_on)
        self.wrong += is_wrong
        self.status = max(self.status, VIOLATIONS if is_wrong else FINE)
        self.written.append(report.content)

    def _refused(self, error: JalonError, document: Document) -> None:
        """A file that is no RDF is at fault itself, and is led to like any other fault."""
        self.unread += 1
        is_fault = isinstance(error, _FAULTS_OF_DATA) and error.details.get("part") == "data"
        self.status = max(self.status, VIOLATIONS if is_fault else _status(error))
        if is_fault and self.format is ReportFormat.SARIF:
            self.written.append(refusal_log(error, document, self.language))
        elif is_fault and self.format is ReportFormat.TEXT:
            line = refusal_line(error, document, self.language)
            self.written.append(f"{line}\n".encode())
        else:
            complain(error, Path(document.file_name), self.language)


def _fails(report: WrittenReport, fail_on: FailOn) -> bool:
    """Whether a report has a result that is as grave as that."""
    if fail_on is FailOn.INFO:
        return not report.conforms
    grave = SEVERITIES[: 1 if fail_on is FailOn.VIOLATION else 2]
    return any(report.counts.get(severity) for severity in grave)


def _status(error: JalonError) -> int:
    return USAGE if isinstance(error, _FAULTS_OF_USE) else SERVICE


@contextmanager
def _ending(words: str) -> Iterator[None]:
    """Ends the process with the code of the error, so that no error is taken for a violation."""
    try:
        yield
    except JalonError as error:
        complain(error, words=words)
        raise typer.Exit(_status(error)) from error
    except (typer.Exit, typer.BadParameter, typer.Abort):
        raise
    except Exception as error:
        # The edge of the process: Python would end it with the code that means violations.
        traceback.print_exc()
        raise typer.Exit(SERVICE) from error


def _write(output: Path, content: bytes, words: str) -> None:
    try:
        output.write_bytes(content)
    except OSError as error:
        reason = error.strerror or str(error)
        said = text_in(words, "validate", "unwritten", file=str(output), reason=reason)
        raise typer.BadParameter(said) from error
