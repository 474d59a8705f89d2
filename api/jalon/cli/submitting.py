"""``jalon submit``: proposes what an organisation says to a service, from a desk or from CI."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import typer

from jalon.arguments import read_document
from jalon.errors import JalonError
from jalon.exchange.sheets.formats import SHEETS
from jalon.terminal import complain, language, say, text_of
from jalon.validation.documents import SUFFIXES, Document, Part

READY, INVALID, USAGE, SERVICE = range(4)
"""The exit codes: what the submission is, what the command was told, what its service is."""

SECONDS = 300
"""How long the answer is waited for: large files take long to be checked."""

PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
"""What a service says to whoever it is, for a while."""

SENT: Mapping[str, str] = {**SUFFIXES, **SHEETS}
"""The media types of what is sent, by the ends of file names."""

LARGEST_ANSWER = 100 * 1024 * 1024

commands = typer.Typer()


class Meant(StrEnum):
    """How files are meant."""

    REPLACE = "replace"
    ADD = "add"


@commands.command()
def submit(  # noqa: PLR0913, PLR0917 - an option each
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="RDF files of what the organisation says, or its sheet (.xlsx, .csv)."),
    ] = None,
    removes: Annotated[
        list[Path] | None,
        typer.Option(help="RDF files with what is taken away; the others are then added."),
    ] = None,
    to: Annotated[str, typer.Option(help="The address of the service.")] = "http://127.0.0.1:8000",
    held_in: Annotated[
        str,
        typer.Option("--token-file", help="The file that holds the token; - reads it from stdin."),
    ] = "-",
    organisation: Annotated[
        str | None, typer.Option(help="For whom, as calq; not needed where the token says it.")
    ] = None,
    mode: Annotated[
        Meant, typer.Option(help="replace: this is all that is said of these things.")
    ] = Meant.REPLACE,
    message: Annotated[str, typer.Option(help="Why.")] = "",
    supersedes: Annotated[
        int | None, typer.Option(help="The open submission that this takes the place of.")
    ] = None,
) -> None:
    """Propose to a service what an organisation says, and show what it comes to.

    The exit code is 0 where it is ready to be reviewed, 1 where it is invalid or refused, 2 where
    the command cannot do what it is told, 3 where the service cannot be reached or cannot answer.
    """
    try:
        documents = _documents(files or [], removes or [], mode)
    except JalonError as error:
        complain(error)
        raise typer.Exit(USAGE) from error
    asked = {"organisation": organisation, "supersedes": supersedes}
    if not removes:
        asked["mode"] = mode.value
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    answer = _posted(f"{_root(to)}/submissions?{query}", documents, _token(held_in), message)
    _tell(answer)
    raise typer.Exit(READY if answer["state"] == "ready" else INVALID)


def _documents(files: list[Path], removes: list[Path], mode: Meant) -> list[Document]:
    if not files and not removes:
        raise typer.BadParameter(text_of("submit", "nothing"))
    if removes and mode is not Meant.REPLACE:
        raise typer.BadParameter(text_of("submit", "both"))
    part: Part = "adds" if removes else "data"
    return [
        *(read_document(each, part, SENT) for each in files),
        *(read_document(each, "removes", SENT) for each in removes),
    ]


def _root(address: str) -> str:
    """The address of a service. Raises typer.BadParameter for what is none of HTTP."""
    if urlsplit(address).scheme not in ("http", "https"):
        raise typer.BadParameter(text_of("submit", "address", written=address))
    return address.rstrip("/")


def _token(file: str) -> str:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(text_of("submit", "token", file=file)) from error
    return text.strip()


def _posted(address: str, documents: list[Document], token: str, message: str) -> Mapping[str, Any]:
    """The submission that the service has kept; ends the process where it has not."""
    boundary = uuid4().hex
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "Accept-Language": language(),
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        # As bytes of UTF-8, one character for each, which is how they go over the wire.
        "Jalon-Message": message.encode().decode("latin-1"),
    }
    request = urllib.request.Request(address, _form(documents, boundary), headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            told: Mapping[str, Any] = json.loads(answer.read(LARGEST_ANSWER))
            return told
    except urllib.error.HTTPError as error:
        with error:
            _refused(error)
    except (OSError, ValueError) as error:
        say("submit", "unreached", address=address, reason=str(error))
        raise typer.Exit(SERVICE) from error


def _refused(error: urllib.error.HTTPError) -> NoReturn:
    """Tells what a service says against a submission, and ends the process."""
    try:
        problem = json.loads(error.read(LARGEST_ANSWER))
        reason = f"{problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        reason = str(error)
    say("submit", "refused", reason=reason)
    if error.code == HTTPStatus.UNAUTHORIZED:
        raise typer.Exit(USAGE)
    is_theirs = error.code < HTTPStatus.INTERNAL_SERVER_ERROR and error.code not in PASSING
    raise typer.Exit(INVALID if is_theirs else SERVICE)


def _form(documents: list[Document], boundary: str) -> bytes:
    pieces: list[bytes] = []
    for document in documents:
        name = Path(document.name).name.replace('"', "_")
        head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="{document.part}"; filename="{name}"\r\n'
            f"Content-Type: {document.media_type}\r\n\r\n"
        )
        pieces += [head.encode(), document.content, b"\r\n"]
    return b"".join((*pieces, f"--{boundary}--\r\n".encode()))


def _tell(submission: Mapping[str, Any]) -> None:
    """What a submission comes to, line by line: what is wrong, then what will be shown."""
    lang = language()
    state = submission["stateLabel"][lang]
    say("submit", "made", id=submission["id"], state=state, path=submission["path"])
    for sheet in submission["sheets"]:
        _tell_cells(sheet, lang)
    for result in submission["report"]["results"] if not submission["sheets"] else ():
        if result["new"] and result["severity"] == "Violation":
            messages = result["messages"]
            place = f"{result['line']}:{result['column']}" if result["line"] else "-"
            thing = result["focusNode"]["value"]
            text = messages.get(lang) or next(iter(messages.values()))
            say("submit", "violation", place=place, thing=thing, text=text)
    for each in submission["rewritten"]:
        if each["retyped"]:
            value, kept = each["value"], each["kept"]
            say(
                "submit", "retyped", thing=each["thing"], value=value["value"],
                datatype=value.get("datatype", ""), kept=kept.get("datatype", ""),
            )  # fmt: skip
    for shift in submission["shifts"]:
        typer.echo(shift["words"][lang])
    if submission["leftOut"]:
        say("submit", "left_out", count=submission["leftOut"])


def _tell_cells(sheet: Mapping[str, Any], lang: str) -> None:
    """What is wrong with which cells of a sheet, then what else there is to tell of it."""
    for each in sheet["cells"]:
        if each["severity"] == "Violation":
            text = each["messages"].get(lang) or next(iter(each["messages"].values()))
            place = f"{sheet['name']}!{each['cell']}" if each["cell"] else each["thing"]
            say("submit", "cell", place=place, column=each["column"], text=text)
    for remark in sheet["remarks"]:
        typer.echo(remark[lang])
    if sheet["leftOut"]:
        say("submit", "cells_left_out", count=sheet["leftOut"])
