"""``jalon ledger``: what the ledger holds, and whether it is as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from jalon import build
from jalon.build.content import now
from jalon.errors import LedgerBroken
from jalon.ledger.ledger import Ledger
from jalon.settings import read_settings
from jalon.terminal import complain, print_rows, progress_bar, say, text_of

HEADINGS = ("number", "time", "author", "message", "source", "added", "removed")

commands = typer.Typer(help="Look at the ledger of every change.", no_args_is_help=True)


@commands.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="A backup of a ledger; by default the ledger itself.")
    ] = None,
) -> None:
    """Recompute the whole chain of commits; 1 where one is not as it was written."""
    try:
        with closing(_opened(file)) as ledger, progress_bar() as progress:
            task = progress.add_task(text_of("ledger", "verifying"), total=None, rule="")

            def advance(done: int, every: int) -> None:
                progress.update(task, completed=done, total=every, rule=f"{done} / {every}")

            head = ledger.verify(advance)
    except LedgerBroken as error:
        complain(error)
        raise typer.Exit(1) from error
    say("ledger", "whole", commits=head.number, digest=head.digest)


@commands.command("list")
def list_commits(
    last: Annotated[int, typer.Option(min=1, help="How many of the newest commits.")] = 20,
) -> None:
    """List the newest commits, the last one last."""
    with closing(_opened()) as ledger:
        head = ledger.head().number
        first = max(0, head - last)
        print_rows("ledger", HEADINGS, _rows(ledger, first, head), whole=1)
        say("ledger", "listed", shown=head - first, commits=head)


def _opened(file: Path | None = None) -> Ledger:
    """The ledger in a file, or that of the settings; it is only read."""
    if file is None:
        return build.ledger_of(read_settings(), read_only=True)
    return Ledger.open(file, now, read_only=True)


def _rows(ledger: Ledger, after: int, upto: int) -> Iterator[list[str]]:
    for each in ledger.summaries(after, upto):
        author = ledger.author(each.author)
        yield [
            str(each.number),
            f"{each.time:%Y-%m-%d %H:%M:%SZ}",
            (author and author.name) or each.author,
            each.message,
            each.source,
            str(each.added),
            str(each.removed),
        ]
