"""``jalon backup``, ``restore``, ``rebuild`` and ``release``: care for the data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from jalon import build
from jalon.ledger.addresses import shown, url_of
from jalon.ledger.chain import Progress
from jalon.settings import read_settings
from jalon.terminal import progress_bar, say, text_of

commands = typer.Typer()
releases = typer.Typer(help="Keep releases ready.", no_args_is_help=True)


@commands.command()
def backup(target: Annotated[Path, typer.Argument(help="File to write.")]) -> None:
    """Copy the ledger, which is all there is to keep; the service may go on meanwhile."""
    with _progress("verifying") as progress:
        head = build.backup(read_settings(), target, progress)
    say("storage", "copied", file=str(target), commits=head.number, digest=head.digest)


@commands.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A file that backup has written.")],
) -> None:
    """Put a backup in the place of the ledger; what stood there is kept beside it."""
    with _progress("verifying") as progress:
        head = build.restore(read_settings(), source, progress)
    say("storage", "restored", commits=head.number, digest=head.digest)


@commands.command()
def migrate(
    ledger: Annotated[
        str, typer.Option(help="Where to: sqlite, sqlite:PATH or a postgresql:// URL.")
    ],
) -> None:
    """Copy the ledger into another database, and hold the copy against it; may be run again."""
    with _progresses("copying", "verifying") as (copied, verified):
        head = build.migrate(read_settings(), ledger, copied, verified)
    place = shown(url_of(ledger)) if "://" in ledger else ledger
    say("storage", "migrated", commits=head.number, ledger=place, digest=head.digest)


@commands.command()
def rebuild() -> None:
    """Make the newest release again from the ledger alone."""
    with _progress("replaying") as progress:
        snapshot = build.rebuild(read_settings(), progress)
    stamp = snapshot.stamp
    say("storage", "rebuilt", release=stamp.number, quads=stamp.quads, entailed=stamp.entailed)


@releases.command()
def pin(number: Annotated[int, typer.Argument(help="Number of a release.")]) -> None:
    """Have a release stay ready, however old it becomes."""
    build.pin(read_settings(), number)
    say("storage", "pinned", release=number)


@releases.command()
def unpin(number: Annotated[int, typer.Argument(help="Number of a release.")]) -> None:
    """Let a release go with others of its age; 1 where it was not pinned."""
    done = build.unpin(read_settings(), number)
    say("storage", "unpinned" if done else "not_pinned", release=number)
    raise typer.Exit(0 if done else 1)


@contextmanager
def _progress(part: str) -> Iterator[Progress]:
    with _progresses(part) as (progress,):
        yield progress


@contextmanager
def _progresses(*parts: str) -> Iterator[list[Progress]]:
    """Bars below each other."""
    with progress_bar() as bars:

        def bar(part: str) -> Progress:
            task = bars.add_task(text_of("storage", part), total=None, rule="")

            def advance(done: int, every: int) -> None:
                bars.update(task, completed=done, total=every, rule=f"{done} / {every}")

            return advance

        yield [bar(part) for part in parts]
