"""``jalon serve`` and ``jalon settings``."""

from __future__ import annotations

from typing import Annotated

import typer

from jalon import build
from jalon.settings import effective, read_settings
from jalon.terminal import print_rows, text_of

commands = typer.Typer()


@commands.command()
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


@commands.command("settings")
def show_settings() -> None:
    """Print the settings in force."""
    unset = text_of("settings", "unset")
    rows = (
        (each.name, unset if each.value is None else each.value, each.meaning)
        for each in effective(read_settings())
    )
    print_rows("settings", ("name", "value", "meaning"), rows, whole=1)
