"""``jalon template``: the spreadsheet of a class, to be filled in."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jalon import build
from jalon.exchange.sheets.formats import SHEETS
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
    name: Annotated[
        str | None,
        typer.Argument(help="The class, as Measure; without it, all are listed."),
    ] = None,
    lang: Annotated[
        Language | None, typer.Option(help="Its language; by default that of the locale.")
    ] = None,
    organisation: Annotated[
        str, typer.Option(help="Whose things it has, as calq; without it, all.")
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(help="The file to write, .xlsx or .csv; by default the class and .xlsx."),
    ] = None,
) -> None:
    """Write the spreadsheet of a class, filled with what is published."""
    settings, words = read_settings(), lang.value if lang else language()
    if name is None:
        for known, label in build.template_names(settings, words):
            typer.echo(f"{known}\t{label}")
        return
    if organisation and not is_organisation(organisation):
        raise typer.BadParameter(text_of("template", "organisation", written=organisation))
    file = output or Path(f"{name}.xlsx")
    media_type = SHEETS.get(file.suffix.lower())
    if media_type is None:
        ends = ", ".join(SHEETS)
        raise typer.BadParameter(text_of("template", "suffix", file=str(file), available=ends))
    content = build.template(settings, Wanted(name, words, organisation), media_type)
    try:
        file.write_bytes(content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise typer.BadParameter(text_of("template", "file", file=str(file), reason=reason)) from (
            error
        )
    say("template", "written", file=str(file))
