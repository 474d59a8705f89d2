"""The ``jalon`` command: each group of its commands is a module.

Exit codes: 0 done and well, 1 findings or differences, 2 the command could not do its work;
``jalon validate`` and ``jalon submit`` tell from 2 by 3 what is not due to who asks.
"""

from __future__ import annotations

import logging
import sys

import typer

from jalon.cli import (
    asking,
    content,
    ledger,
    rights,
    serving,
    storage,
    submitting,
    templates,
    validating,
)
from jalon.errors import JalonError
from jalon.terminal import complain

app = typer.Typer(
    help="A knowledge graph and SPARQL service for public action plans.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (serving, content, validating, submitting, templates, asking, storage):
    app.add_typer(module.commands)
app.add_typer(ledger.commands, name="ledger")
app.add_typer(storage.releases, name="release")
app.add_typer(rights.tokens, name="token")
app.add_typer(rights.authors, name="author")


def main() -> None:
    """Runs the command; an error of ours is one line on stderr and exit code 2."""
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)  # ill-typed literals are findings
    try:
        app()
    except JalonError as error:
        complain(error)
        sys.exit(2)
