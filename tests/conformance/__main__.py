"""``python -m conformance [WORD …]``: the W3C suites on Jalon and its peer, as a table.

A WORD takes the tests whose IRI, or whose suite's name, holds it. Ends with 1 where Jalon fails a
test that is no known exception, passes one that is, or passes fewer of a suite than its peer.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from conformance.client import Client
from conformance.manifests import ABSENT, SUITES, Entry, read_entries
from conformance.running import run
from conformance.servers import PEER, served_jalon, served_oxigraph
from conformance.tallying import Result, apart, behind, read_exceptions, surprise, table

OURS, THEIRS = "jalon", "oxigraph"
NO_PEER = f"no peer: {PEER} is not installed (make conformance installs it)"


def tried(entries: Sequence[Entry]) -> list[Result]:
    """Every test on each server that is there, all of them served at once."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-")))
        servers = [stack.enter_context(served_jalon(folder))]
        clients = {OURS: stack.enter_context(Client(servers[0]))}
        if PEER.is_file():
            peer = stack.enter_context(served_oxigraph(folder))
            clients[THEIRS] = stack.enter_context(Client(peer))
        say(f"{len(entries)} tests on {' and '.join(clients)}", "")
        return [
            Result(entry, {name: run(entry, client) for name, client in clients.items()})
            for entry in entries
        ]


def report(results: Sequence[Result]) -> bool:
    """Says what came of a run; whether all of it is as it should be."""
    exceptions = read_exceptions()
    names = list(results[0].verdicts)
    say(*table(results, names))
    say("In brackets: passed as values, which the suite writes in another way than the server.")
    surprises = [
        f"{result.entry.iri}: {why}"
        for result in results
        if (why := surprise(result.entry, result.verdicts[OURS], exceptions))
    ]
    failed = [result.entry.iri for result in results if not result.verdicts[OURS].passed]
    listed = [f"{iri}: {exceptions[iri]}" for iri in failed if iri in exceptions]
    fewer = behind(results, OURS, THEIRS) if THEIRS in names else []
    section("Known exceptions", listed)
    if THEIRS in names:
        section(f"Passed by {OURS} alone", apart(results, OURS, THEIRS))
        section(f"Passed by {THEIRS} alone", apart(results, THEIRS, OURS))
    else:
        say("", NO_PEER)
    section(f"Suites of which {OURS} passes fewer", fewer)
    section("NOT AS EXPECTED", surprises)
    return not surprises and not fewer


def section(title: str, lines: Sequence[str]) -> None:
    """Says some lines under a title, or nothing where there are none."""
    if lines:
        say("", f"{title} ({len(lines)}):", *(f"  {line}" for line in lines))


def say(*lines: str) -> None:
    """Says some lines."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def main() -> int:
    """0 where all is as it should be, or the suites are not there."""
    if not SUITES.is_dir():
        say(f"skipped: {ABSENT}")
        return 0
    words = sys.argv[1:]
    entries = [
        entry
        for entry in read_entries()
        if not words or any(word in entry.iri or word in entry.suite for word in words)
    ]
    if not entries:
        say(f"no test is called {' or '.join(words)}")
        return 2
    return 0 if report(tried(entries)) else 1


if __name__ == "__main__":
    sys.exit(main())
