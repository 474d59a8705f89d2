"""``jalon backup``, ``restore``, ``migrate``, ``rebuild`` and ``release``: what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from jalon import build
from jalon.ledger.addresses import SCHEMES, shown, url_of
from jalon.ledger.chain import Progress
from jalon.settings import EMBEDDED, SQLITE, read_settings, without_secret
from jalon.store.remote.verifying import Verified
from jalon.terminal import progress_bar, remark, say, text_of

LEDGERS = frozenset({SQLITE, *SCHEMES})
STORES = frozenset({EMBEDDED, "http", "https"})
"""How the addresses begin that a ledger or an index can be moved to."""

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
    to: Annotated[
        list[str],
        typer.Option(
            help="Of a ledger: sqlite, sqlite:PATH or a postgresql:// URL. Of an index: oxigraph, "
            "which is in here, or the http:// address of a SPARQL engine. One of each, or either."
        ),
    ],
) -> None:
    """Copy the ledger into another database, or the newest release into another index, and hold
    the copy against it; may be run again. 1 where an index is not the same."""
    ledgers = [each for each in to if each.partition(":")[0] in LEDGERS]
    stores = [each for each in to if each.partition(":")[0] in STORES]
    if max(len(ledgers), len(stores)) > 1 or len(ledgers) + len(stores) < len(to):
        raise typer.BadParameter(text_of("storage", "to_where"))
    for store in stores:
        # It is first: the pack may enter the ledger with it.
        _migrate_index(store)
    for ledger in ledgers:
        _migrate_ledger(ledger)


@commands.command("verify-store")
def verify_store() -> None:
    """Hold what the engine that is set has against the newest release; 1 where it differs."""
    settings = read_settings()
    with _progress("comparing") as progress:
        release, found = build.verify_store(settings, progress)
    _tell("holds", settings.store, release, found)
    raise typer.Exit(1 if found.differing else 0)


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


def _migrate_ledger(ledger: str) -> None:
    with _progresses("copying", "verifying") as (copied, verified):
        head = build.migrate(read_settings(), ledger, copied, verified)
    place = shown(url_of(ledger)) if "://" in ledger else ledger
    say("storage", "migrated", commits=head.number, ledger=place, digest=head.digest)


def _migrate_index(store: str) -> None:
    """Raises Exit where it is not the same."""
    if store == EMBEDDED:
        with _progress("replaying") as progress:
            made = build.make_index(read_settings(), progress)
        counts = {"quads": made.quads, "replayed": made.replayed}
        same = made.quads == made.replayed
        say("storage", "indexed" if same else "index_differs", release=made.release, **counts)
    else:
        with _progresses("filling", "comparing") as (loaded, compared):
            release, found = build.fill(read_settings(), store, loaded, compared)
        _tell("filled", store, release, found)
        same = not found.differing
        if not same:
            remark("storage", "again")
    if not same:
        raise typer.Exit(1)


def _tell(well: str, store: str, release: int, found: Verified) -> None:
    """Says of each graph that differs how, or that none does."""
    place = without_secret(store)
    counts = {"triples": found.triples, "graphs": len(found.graphs), "rewritten": found.rewritten}
    if not found.differing:
        say("storage", well, release=release, store=place, **counts)
    for name, each in found.differing.items():
        part = "differs" if each.ours != each.theirs else "not_same"
        graph = name or text_of("storage", "unnamed")
        both = {"ours": each.ours, "theirs": each.theirs}
        say("storage", part, graph=graph, release=release, store=place, **both)


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
