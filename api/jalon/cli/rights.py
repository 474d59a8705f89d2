"""``jalon token`` and ``jalon author``: who may write, and who is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Annotated

import typer

from jalon import build
from jalon.arguments import read_expiry, read_graph, read_organisation
from jalon.build.content import now
from jalon.ledger.ledger import Ledger
from jalon.ledger.tokens import TokenRecord
from jalon.services.rights import Rights, Scope
from jalon.settings import read_settings
from jalon.terminal import print_rows, remark, say, text_of

HEADINGS = ("id", "author", "rights", "created_on", "state")

tokens = typer.Typer(
    help="Make tokens for those who may write, and end them.", no_args_is_help=True
)
authors = typer.Typer(help="Forget who made changes.", no_args_is_help=True)


@tokens.command()
def create(
    scope: Annotated[list[Scope], typer.Option(help="What it is for; repeatable.")],
    graph: Annotated[
        list[str] | None,
        typer.Option(help="A graph it may submit to: graph/editorial, or IRI; repeatable."),
    ] = None,
    organisation: Annotated[
        list[str] | None,
        typer.Option(help="An organisation it may submit for, as mcc; repeatable."),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="Days, as 90d, or its last day in UTC, as 2030-12-31.")
    ] = None,
    label: Annotated[str, typer.Option(help="Whose it is; can be erased.")] = "",
) -> None:
    """Make a token and print it; it cannot be printed again."""
    graphs = [read_graph(each) for each in graph or ()]
    organisations = [read_organisation(each) for each in organisation or ()]
    end = None if expires is None else read_expiry(expires, now())
    with _opened() as ledger:
        token, record = Rights(ledger, now).create(label, scope, graphs, organisations, end)
    typer.echo(token)
    if end is None:
        remark("token", "created", id=record.id)
    else:
        remark("token", "created_until", id=record.id, end=_moment(end))


@tokens.command("list")
def list_tokens() -> None:
    """List every token, with those that are revoked or expired; no secret is kept."""
    with _opened(read_only=True) as ledger:
        found = Rights(ledger, now).list()
    print_rows("token", HEADINGS, (_row(each) for each in found), whole=2)


@tokens.command()
def revoke(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Id of the token.")],
) -> None:
    """End a token at once."""
    with _opened() as ledger:
        if not Rights(ledger, now).revoke(identifier):
            raise typer.BadParameter(text_of("token", "unknown", id=identifier))
    say("token", "revoked", id=identifier)


@authors.command()
def erase(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Id of the author.")],
) -> None:
    """Forget an author's name and address; their commits keep the id."""
    with _opened() as ledger:
        if not ledger.erase_author(identifier):
            raise typer.BadParameter(text_of("author", "unknown", id=identifier))
    say("author", "erased", id=identifier)


@contextmanager
def _opened(*, read_only: bool = False) -> Iterator[Ledger]:
    with closing(build.ledger_of(read_settings(), read_only=read_only)) as ledger:
        yield ledger


def _row(token: TokenRecord) -> list[str]:
    return [
        token.id,
        f"{token.label}\n{token.author}" if token.label else token.author,
        "\n".join((*token.scopes, *token.graphs, *token.organisations)),
        f"{token.created:%Y-%m-%d}",
        _state(token),
    ]


def _state(token: TokenRecord) -> str:
    if token.revoked is not None:
        return text_of("token", "ended", end=_moment(token.revoked))
    if token.expires is None:
        return text_of("token", "valid")
    state = "until" if now() < token.expires else "expired"
    return text_of("token", state, end=_moment(token.expires))


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%MZ}"
