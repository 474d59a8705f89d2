"""``jalon template``: the spreadsheet of a class or of several, to be filled in."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jalon import build
from jalon.exchange.sheets.formats import CSV, SHEETS
from jalon.services.rights import is_organisation
from jalon.services.templates import Wanted
from jalon.settings import read_settings
from jalon.terminal import language, say, text_of

commands = typer.Typer()


class Language(StrEnum):
    """The languages of sheets."""

    EN = "en"
    FR = "fr"


@commands.command()
def template(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="The class, as Measure, or several; without any, all are listed."),
    ] = None,
    lang: Annotated[
        Language | None, typer.Option(help="Its language; by default that of the locale.")
    ] = None,
    organisation: Annotated[
        str, typer.Option(help="Whose things it has, as calq; without it, all.")
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            help="The file to write, .xlsx, or .csv for one; by default the classes and .xlsx."
        ),
    ] = None,
) -> None:
    """Write the spreadsheet of a class or of several, filled with what is published."""
    settings, words = read_settings(), lang.value if lang else language()
    if not names:
        for known, label in build.template_names(settings, words):
            typer.echo(f"{known}\t{label}")
        return
    if organisation and not is_organisation(organisation):
        raise typer.BadParameter(text_of("template", "organisation", written=organisation))
    file = output or Path(f"{'+'.join(names)}.xlsx")
    media_type = SHEETS.get(file.suffix.lower())
    if media_type is None:
        ends = ", ".join(SHEETS)
        raise typer.BadParameter(text_of("template", "suffix", file=str(file), available=ends))
    if media_type == CSV and len(names) > 1:
        raise typer.BadParameter(text_of("template", "table", file=str(file)))
    content = build.template(settings, Wanted(tuple(names), words, organisation), media_type)
    try:
        file.write_bytes(content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise typer.BadParameter(text_of("template", "file", file=str(file), reason=reason)) from (
            error
        )
    say("template", "written", file=str(file))
