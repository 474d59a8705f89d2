"""``jalon token`` and ``jalon author``: tokens that work, once shown; people that are forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jalon.arguments import read_expiry
from jalon.errors import Unauthorized
from jalon.ledger.tokens import TokenRecord
from jalon.services.rights import Grant, Rights
from unit.cli.command import Command
from unit.ledger.drafts import draft, ledger_at

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def jalon(tmp_path: Path) -> Command:
    return Command(tmp_path / "state")


def _granted(jalon: Command, token: str) -> Grant:
    with ledger_at(jalon.ledger, read_only=True) as ledger:
        return Rights(ledger, lambda: NOW).check(f"Bearer {token}", "client")


def _kept(jalon: Command) -> list[TokenRecord]:
    with ledger_at(jalon.ledger, read_only=True) as ledger:
        return ledger.tokens.all()


def test_a_token_is_printed_once_and_alone_on_stdout(jalon: Command) -> None:
    done = jalon("token", "create", "--scope", "admin", "--label", "Ann")
    assert done.exit_code == 0, done.output
    token = done.stdout.strip()
    assert _granted(jalon, token).scopes == {"admin"}
    assert "cannot be shown again" in done.stderr
    assert token not in done.stderr
    listed = jalon("token", "list").stdout
    assert "Ann" in listed
    assert token.split("_")[1] in listed
    assert token.split("_")[2] not in listed


def test_a_token_has_what_was_asked_for(jalon: Command) -> None:
    done = jalon(
        *("token", "create", "--scope", "submit", "--scope", "review", "--expires", "2999-12-31"),
        *("--graph", "graph/editorial", "--graph", "https://other.example/g"),
        *("--organisation", "mcc", "--organisation", "calq"),
    )
    grant = _granted(jalon, done.stdout.strip())
    assert grant.scopes == {"submit", "review"}
    assert grant.graphs == ("graph/editorial", "https://other.example/g")
    assert grant.organisations == ("mcc", "calq")
    assert _kept(jalon)[0].expires == datetime(3000, 1, 1, tzinfo=UTC)
    assert "ends on 3000-01-01" in done.stderr


def test_days_are_counted_from_now(jalon: Command) -> None:
    jalon("token", "create", "--scope", "admin", "--expires", "90d")
    (token,) = _kept(jalon)
    assert token.expires is not None
    assert round((token.expires - token.created) / timedelta(days=1)) == 90


def test_an_end_is_some_days_away_or_the_end_of_a_day() -> None:
    assert read_expiry("1d", NOW) == NOW + timedelta(days=1)
    assert read_expiry("2026-03-01", NOW) == datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scope", "king"], "king"),
        ([], "--scope"),
        (["--scope", "admin", "--expires", "soon"], "soon is no end"),
        (["--scope", "admin", "--expires", "0d"], "0d is no end"),
        (["--scope", "admin", "--expires", "9999-12-31"], "9999-12-31 is no end"),
        (["--scope", "admin", "--expires", "2020-01-01"], "2020-01-01 is over"),
        (["--scope", "submit", "--graph", "editorial"], "editorial is no graph"),
        (["--scope", "submit", "--graph", "https://a b"], "is no graph"),
        (["--scope", "submit", "--organisation", "a/b"], "a/b is no organisation"),
    ],
)
def test_what_makes_no_token_is_said(jalon: Command, arguments: list[str], said: str) -> None:
    done = jalon("token", "create", *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert said in " ".join(done.stderr.split())
    assert not jalon.ledger.exists()


def test_a_revoked_token_ends_and_is_listed_as_such(jalon: Command) -> None:
    token = jalon("token", "create", "--scope", "admin").stdout.strip()
    identifier = token.split("_")[1]
    done = jalon("token", "revoke", identifier)
    assert done.exit_code == 0
    assert f"revoked: {identifier}" in done.stdout
    with pytest.raises(Unauthorized):
        _granted(jalon, token)
    assert "revoked 20" in jalon("token", "list").stdout
    assert "révoqué 20" in Command(jalon.folder, "fr")("token", "list").stdout
    again = jalon("token", "revoke", identifier)
    assert again.exit_code == 2
    assert identifier in again.stderr


def test_an_erased_author_is_named_nowhere_and_the_token_goes_on(jalon: Command) -> None:
    token = jalon("token", "create", "--scope", "admin", "--label", "Honoré").stdout.strip()
    author = _granted(jalon, token).author
    with ledger_at(jalon.ledger) as ledger:
        ledger.append(replace(draft(1), author=author))
    assert "Honoré" in jalon("ledger", "list").stdout
    done = jalon("author", "erase", author)
    assert done.exit_code == 0
    assert author in done.stdout
    assert "Honoré" not in jalon("token", "list").stdout
    assert author in jalon("ledger", "list").stdout
    assert "Honoré".encode() not in jalon.ledger.read_bytes()
    assert _granted(jalon, token).author == author
    assert jalon("author", "erase", "nobody").exit_code == 2


def test_what_the_operator_does_is_in_the_audit(jalon: Command) -> None:
    identifier = jalon("token", "create", "--scope", "admin").stdout.split("_")[1]
    jalon("token", "revoke", identifier)
    with ledger_at(jalon.ledger, read_only=True) as ledger:
        lines = ledger.audit.lines()
    assert [(line.token, line.action) for line in lines] == [
        ("operator", f"token create {identifier}"),
        ("operator", f"token revoke {identifier}"),
    ]
