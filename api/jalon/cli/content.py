"""``jalon check``, ``verify-source`` and ``fmt``: content, without serving it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Annotated

import typer

from jalon import build
from jalon.arguments import turtle_in
from jalon.content.layout import formatted
from jalon.content.locate import find_pack
from jalon.content.pack import read_prefixes, turtle_files
from jalon.content.turtle import read_text
from jalon.content.verification import verify_source
from jalon.errors import FileUnreadable
from jalon.settings import read_settings
from jalon.terminal import (
    complain,
    print_difference,
    print_findings,
    progress_bar,
    say,
    text_of,
)

commands = typer.Typer()


@commands.command()
def check(
    pack: Annotated[Path | None, typer.Argument(help="Folder of a pack; by default ours.")] = None,
) -> None:
    """Run every content rule, and its own shapes, over a pack."""
    settings = read_settings()
    root = find_pack(pack or settings.pack)
    with progress_bar() as progress:
        task = progress.add_task(text_of("check", "running"), rule="")

        def advance(rule: str, number: int, count: int) -> None:
            progress.update(task, completed=number - 1, total=count, rule=rule)

        checked = build.check(root, settings, advance)
    report = checked.report
    for findings in (report.findings, checked.remarks):
        for rule, found in itertools.groupby(findings, key=lambda finding: finding.rule):
            print_findings(rule, list(found))
    counts = {"rules": report.rules, "files": report.files, "triples": report.triples}
    found_counts = {"findings": len(report.findings), "remarks": len(checked.remarks)}
    say("check", "summary", **counts, **found_counts)
    raise typer.Exit(1 if report.findings else 0)


@commands.command("verify-source")
def verify(
    file: Annotated[Path, typer.Argument(help="The source document as a file.")],
    document: Annotated[
        str | None, typer.Option(help="Its document in the pack: local id, or IRI.")
    ] = None,
) -> None:
    """Compare a source document with every passage that the pack cites of it."""
    verification = verify_source(build.pack_of(read_settings()), file, document)
    for difference in verification.differing:
        print_difference(difference)
    matching, differing = len(verification.matching), len(verification.differing)
    iri = verification.document.iri
    say("verify", "matching", document=iri, matching=matching, all=matching + differing)
    same = "same_file" if verification.same_file else "other_file"
    say("verify", same, digest=verification.file_digest)
    raise typer.Exit(1 if differing else 0)


@commands.command()
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
    files = [file for path in paths for file in turtle_in(path)] if paths else turtle_files(root)
    changed = broken = 0
    for file in files:
        try:
            changed += _lay_out(file, prefixes, check_only=check_only)
        except FileUnreadable as error:
            broken += 1
            complain(error)
    say("fmt", "summary", files=len(files), changed=changed, broken=broken)
    raise typer.Exit(2 if broken else int(check_only and changed > 0))


def _lay_out(file: Path, prefixes: dict[str, str], *, check_only: bool) -> bool:
    """Whether the file differed from the layout; it has it now, unless only checked."""
    text = read_text(file, str(file))
    laid_out = formatted(text, prefixes, str(file))
    if laid_out == text:
        return False
    if not check_only:
        file.write_bytes(laid_out.encode("utf-8"))
    say("fmt", "unlaid" if check_only else "changed", file=str(file))
    return True
