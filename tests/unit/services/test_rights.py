"""Tokens: what they allow, for how long, and that nobody finds their secrets."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jalon.errors import Forbidden, NotReady, TooManyRequests, Unauthorized
from jalon.ledger.ledger import Ledger
from jalon.services.failures import Failures
from jalon.services.rights import Grant, Rights, Scope
from jalon.terms import RESERVED_GRAPHS

BASE = "https://example.org/"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=1)
MOST = 4
CLIENT = "192.0.2.7"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Office:
    """Rights over a ledger of their own, and the clock they go by."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock()
        self.ledger = Ledger.open(path, self.clock)
        self.rights = self.anew()

    def anew(self) -> Rights:
        """The rights as after a restart: nobody has failed yet."""
        failures = Failures(self.clock, most=MOST, window=WINDOW, clients=3)
        return Rights(self.ledger, self.clock, failures)

    def check(self, token: str, client: str = CLIENT) -> Grant:
        return self.rights.check(f"Bearer {token}", client)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "ledger.sqlite")
    yield office
    office.ledger.close()


def test_a_token_grants_what_it_was_made_with(office: Office) -> None:
    token, record = office.rights.create(
        "Ann", [Scope.SUBMIT, Scope.REVIEW], ["graph/editorial"], ["mcc"]
    )
    grant = office.check(token)
    assert grant.token == record.id
    assert grant.scopes == {"submit", "review"}
    assert (grant.graphs, grant.organisations) == (("graph/editorial",), ("mcc",))
    author = office.ledger.author(grant.author)
    assert author is not None
    assert author.name == "Ann"


@pytest.mark.parametrize("scheme", ["Bearer {}", "bearer {}", "BEARER   {}  ", " Bearer {}"])
def test_the_scheme_is_read_in_any_case(office: Office, scheme: str) -> None:
    token, _ = office.rights.create("Ann", [Scope.REVIEW])
    assert office.rights.check(scheme.format(token), CLIENT).scopes == {"review"}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "token"])
def test_without_a_token_one_is_asked_for(office: Office, header: str | None) -> None:
    for _ in range(MOST + 2):
        with pytest.raises(Unauthorized) as raised:
            office.rights.check(header, CLIENT)
        assert "variant" not in raised.value.details


def _wrong(token: str) -> dict[str, str]:
    prefix, identifier, secret = token.split("_")
    return {
        "another secret": f"{prefix}_{identifier}_{secret[:-1]}{'0' if secret[-1] != '0' else '1'}",
        "part of the secret": f"{prefix}_{identifier}_{secret[:-1]}",
        "more than the secret": f"{token}0",
        "no secret": f"{prefix}_{identifier}_",
        "another id": f"{prefix}_{'0' * 16}_{secret}",
        "another prefix": f"jeton_{identifier}_{secret}",
        "the secret alone": secret,
        "much": f"{token}{'0' * 100_000}",
        "not ascii": f"{token}é",
        "a lone surrogate": f"jalon_\ud800_{secret}",
        "a zero": f"jalon_{identifier}\0_{secret}",
        "marks": "___",
    }


@pytest.mark.parametrize("case", sorted(_wrong("jalon_a_b")))
def test_a_wrong_token_is_invalid(office: Office, case: str) -> None:
    token, _ = office.rights.create("Ann", [Scope.ADMIN])
    with pytest.raises(Unauthorized) as raised:
        office.check(_wrong(token)[case])
    assert raised.value.details["variant"] == "invalid"


def test_a_token_is_worth_nothing_from_the_moment_it_expires(office: Office) -> None:
    token, _ = office.rights.create("Ann", [Scope.ADMIN], expires=NOON + timedelta(days=1))
    office.clock.now = NOON + timedelta(days=1) - timedelta(microseconds=1)
    assert office.check(token).scopes == {"admin"}
    office.clock.now += timedelta(microseconds=1)
    with pytest.raises(Unauthorized) as raised:
        office.check(token)
    assert raised.value.details["variant"] == "invalid"


def test_a_revoked_token_is_worth_nothing_at_once(office: Office) -> None:
    kept, _ = office.rights.create("Ann", [Scope.ADMIN])
    token, record = office.rights.create("Ben", [Scope.ADMIN])
    assert office.rights.revoke(record.id)
    assert not office.rights.revoke(record.id)
    assert not office.rights.revoke("nobody")
    with pytest.raises(Unauthorized):
        office.check(token)
    assert office.check(kept).scopes == {"admin"}


def test_tokens_are_listed_with_what_became_of_them(office: Office) -> None:
    for number, label in enumerate(("Ann", "Ben")):
        office.clock.now = NOON + timedelta(hours=number)
        office.rights.create(label, [Scope.SUBMIT], organisations=["mcc"])
    first, second = office.rights.list()
    office.rights.revoke(second.id)
    office.ledger.erase_author(first.author)
    found = [(each.label, each.created, each.revoked) for each in office.rights.list()]
    later = NOON + timedelta(hours=1)
    assert found == [(None, NOON, None), ("Ben", later, later)]


def test_the_secret_stands_nowhere(office: Office) -> None:
    token, record = office.rights.create("Ann", [Scope.ADMIN])
    office.check(token)
    secret = token.rpartition("_")[2]
    assert len(bytes.fromhex(secret)) * 8 >= 256
    assert secret not in repr(record)
    assert record.digest.hex() not in repr(record)
    office.ledger.close()
    found = b"".join(file.read_bytes() for file in office.path.parent.iterdir())
    assert record.id.encode() in found
    assert secret.encode() not in found
    assert bytes.fromhex(secret) not in found


def test_two_tokens_have_nothing_in_common(office: Office) -> None:
    one, other = (office.rights.create("Ann", [Scope.ADMIN])[0] for _ in range(2))
    assert not {*one.split("_")[1:]} & {*other.split("_")[1:]}


def test_a_token_without_a_scope_is_not_made(office: Office) -> None:
    with pytest.raises(ValueError, match="scope"):
        office.rights.create("Ann", [])
    assert office.rights.list() == []


@pytest.mark.parametrize("scope", Scope)
def test_no_scope_includes_another(office: Office, scope: Scope) -> None:
    token, _ = office.rights.create("Ann", [scope])
    grant = office.check(token)
    grant.require(scope)
    for other in {*Scope} - {scope}:
        with pytest.raises(Forbidden) as raised:
            grant.require(other)
        assert raised.value.details == {"scope": other.value}


def _grant(scope: Scope, *graphs: str, organisations: tuple[str, ...] = ()) -> Grant:
    return Grant("id", "author", frozenset({scope.value}), graphs, organisations)


@pytest.mark.parametrize("name", RESERVED_GRAPHS)
def test_nobody_writes_to_a_reserved_graph(name: str) -> None:
    for grant in (_grant(Scope.ADMIN), _grant(Scope.SUBMIT, name, BASE + name)):
        with pytest.raises(Forbidden) as raised:
            grant.require_graph(BASE + name, BASE)
        assert raised.value.details == {"variant": "reserved", "graph": BASE + name}


@pytest.mark.parametrize("graph", [f"{BASE}graph/editorial", "https://other.example/g", "urn:g"])
def test_an_admin_writes_to_every_other_graph(graph: str) -> None:
    _grant(Scope.ADMIN).require_graph(graph, BASE)


def test_who_submits_writes_to_the_graphs_of_the_token_and_of_the_organisations() -> None:
    graphs = ("graph/editorial", "https://other.example/g")
    grant = _grant(Scope.SUBMIT, *graphs, organisations=("mcc",))
    for graph in (f"{BASE}graph/editorial", graphs[1], f"{BASE}graph/submitted/mcc"):
        grant.require_graph(graph, BASE)
    for graph in (
        f"{BASE}graph/external",
        f"{BASE}graph/submitted/calq",
        f"{BASE}graph/submitted/mcc/more",
        f"{BASE}graph/submitted/",
        "https://other.example/graph/submitted/mcc",
    ):
        with pytest.raises(Forbidden) as raised:
            grant.require_graph(graph, BASE)
        assert raised.value.details == {"variant": "graph", "graph": graph}


def test_who_reviews_writes_to_no_graph() -> None:
    with pytest.raises(Forbidden) as raised:
        _grant(Scope.REVIEW, "graph/editorial").require_graph(f"{BASE}graph/editorial", BASE)
    assert raised.value.details == {"scope": "submit"}


def _fail(office: Office, times: int, client: str = CLIENT) -> None:
    for _ in range(times):
        with pytest.raises(Unauthorized):
            office.check("jalon_x_y", client)


def test_after_too_many_wrong_tokens_a_client_waits_for_the_window_to_end(office: Office) -> None:
    token, _ = office.rights.create("Ann", [Scope.ADMIN])
    _fail(office, MOST)
    office.clock.now += timedelta(seconds=20.5)
    for given in ("jalon_x_y", token):
        with pytest.raises(TooManyRequests) as raised:
            office.check(given)
        assert raised.value.details == {"variant": "token", "seconds": 40}
    assert office.check(token, "192.0.2.8").scopes == {"admin"}
    office.clock.now = NOON + WINDOW
    assert office.check(token).scopes == {"admin"}
    _fail(office, MOST)


def test_right_tokens_are_not_limited_and_forgive_nothing(office: Office) -> None:
    token, _ = office.rights.create("Ann", [Scope.ADMIN])
    _fail(office, MOST - 1)
    for _ in range(3 * MOST):
        office.check(token)
    _fail(office, 1)
    with pytest.raises(TooManyRequests):
        office.check(token)


def test_a_clock_that_is_set_back_locks_nobody_out(office: Office) -> None:
    _fail(office, MOST)
    office.clock.now -= timedelta(days=1)
    _fail(office, 1)


def test_only_some_clients_are_remembered(office: Office) -> None:
    _fail(office, MOST, "first")
    for client in ("second", "third"):
        _fail(office, 1, client)
    with pytest.raises(TooManyRequests):
        office.check("jalon_x_y", "first")
    _fail(office, 1, "fourth")
    _fail(office, 1, "first")


def test_an_audit_line_says_who_did_what_and_what_came_of_it(office: Office) -> None:
    token, record = office.rights.create("Ann", [Scope.ADMIN])
    grant = office.check(token)
    office.clock.now += timedelta(seconds=5)
    office.rights.audit(grant, "update", "done", release=3)
    office.rights.audit(grant, "update", "forbidden")
    office.rights.revoke(record.id)
    lines = office.ledger.audit.lines()
    assert [(each.line, each.token, each.action, each.outcome, each.release) for each in lines] == [
        (1, "operator", f"token create {record.id}", "done", None),
        (2, record.id, "update", "done", 3),
        (3, record.id, "update", "forbidden", None),
        (4, "operator", f"token revoke {record.id}", "done", None),
    ]
    assert lines[1].time == NOON + timedelta(seconds=5)
    assert office.ledger.audit.lines(after=1, most=2) == lines[1:3]


def test_audit_lines_are_neither_changed_nor_deleted(office: Office) -> None:
    office.rights.audit(None, "test", "done")
    office.ledger.close()
    with closing(sqlite3.connect(office.path)) as connection:
        for statement in ("UPDATE audit SET outcome = ''", "DELETE FROM audit"):
            with pytest.raises(sqlite3.IntegrityError, match="audit lines are not"):
                connection.execute(statement)


def test_rights_hold_after_a_restart(office: Office) -> None:
    token, record = office.rights.create("Ann", [Scope.REVIEW])
    office.ledger.close()
    with pytest.raises(NotReady):
        office.check(token)
    office.ledger = Ledger.open(office.path, office.clock)
    assert office.anew().check(f"Bearer {token}", CLIENT).token == record.id
