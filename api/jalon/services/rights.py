"""Who may write, and where: tokens, what they grant, and the record of what was done with them."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jalon.errors import Forbidden, Unauthorized
from jalon.ledger.audit import OPERATOR, Act
from jalon.ledger.ledger import Ledger
from jalon.ledger.tokens import TokenRecord
from jalon.services.failures import Failures
from jalon.terms import RESERVED_GRAPHS, SUBMITTED_GRAPHS

PREFIX = "jalon"
SCHEME = "bearer"
ID_BYTES = 8
SECRET_BYTES = 32
LONGEST = 200
"""Characters of the longest token that is looked at; ours have 87."""

LONGEST_SHOWN = 200
"""Characters of an IRI that an error repeats."""

_ORGANISATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~\-]*")
_NO_DIGEST = bytes(hashlib.sha256().digest_size)
"""What a secret is compared with where the token is unknown; no secret has it."""


class Scope(StrEnum):
    """What a token is for. None of them includes another."""

    SUBMIT = "submit"
    REVIEW = "review"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid token allows. ``token`` and ``author`` are ids, for audit and commits."""

    token: str
    author: str
    scopes: frozenset[str]
    graphs: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()

    def require(self, scope: Scope) -> None:
        """Raises Forbidden where the token does not have this scope."""
        if scope not in self.scopes:
            raise Forbidden(scope=scope.value)

    def submits_for(self, organisation: str) -> bool:
        """Whether the token is for proposing what this organisation says."""
        if Scope.ADMIN in self.scopes:
            return True
        return Scope.SUBMIT in self.scopes and organisation in self.organisations

    def require_organisation(self, organisation: str) -> None:
        """Raises Forbidden where the token does not submit for this organisation."""
        if Scope.ADMIN not in self.scopes:
            self.require(Scope.SUBMIT)
        if not self.submits_for(organisation):
            raise Forbidden(variant="organisation", organisation=organisation[:LONGEST_SHOWN])

    def require_graph(self, iri: str, base: str) -> None:
        """Raises Forbidden where the token may not write to this graph of the pack with this base.

        An admin writes to every graph but those that the service keeps; who submits, to the graphs
        of the token and to ``graph/submitted/{organisation}`` of its organisations.
        """
        if iri in {base + name for name in RESERVED_GRAPHS}:
            raise Forbidden(variant="reserved", graph=iri[:LONGEST_SHOWN])
        if Scope.ADMIN in self.scopes:
            return
        self.require(Scope.SUBMIT)
        # Names that the base completes are no IRIs of graphs by themselves: both may be tried.
        own = {*self.graphs, *(base + name for name in self.graphs)}
        own |= {f"{base}{SUBMITTED_GRAPHS}{name}" for name in self.organisations}
        if iri not in own:
            raise Forbidden(variant="graph", graph=iri[:LONGEST_SHOWN])


class Rights:
    """The tokens of a ledger. May be used from any thread."""

    def __init__(
        self, ledger: Ledger, clock: Callable[[], datetime], failures: Failures | None = None
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._failures = failures or Failures(clock)

    def create(
        self,
        label: str,
        scopes: Sequence[Scope],
        graphs: Sequence[str] = (),
        organisations: Sequence[str] = (),
        expires: datetime | None = None,
    ) -> tuple[str, TokenRecord]:
        """The text of a new token, which nobody can tell again, and what is kept of it.

        ``label`` becomes the name of an author, under whose id commits are made and who can be
        erased. ``expires`` is aware. Raises ValueError without a scope.
        """
        if not scopes:
            raise ValueError("a token has at least one scope")
        identifier, secret = secrets.token_hex(ID_BYTES), secrets.token_hex(SECRET_BYTES)
        record = TokenRecord(
            id=identifier,
            digest=_digest(secret),
            author=self._ledger.add_author(label),
            label=label,
            scopes=tuple(scope.value for scope in sorted(set(scopes))),
            graphs=tuple(graphs),
            organisations=tuple(organisations),
            created=self._clock(),
            expires=expires,
        )
        self._ledger.tokens.add(record)
        self.audit(None, f"token create {identifier}", "done")
        return f"{PREFIX}_{identifier}_{secret}", record

    def list(self) -> list[TokenRecord]:
        """Every token, the oldest first, with those that are revoked or expired."""
        return self._ledger.tokens.all()

    def revoke(self, identifier: str) -> bool:
        """Ends a token at once; False where it is unknown, or was revoked before."""
        done = self._ledger.tokens.revoke(identifier)
        self.audit(None, f"token revoke {identifier}", "done" if done else "unknown")
        return done

    def check(self, authorization: str | None, client: str) -> Grant:
        """What the value of an Authorization header grants to a client.

        Raises Unauthorized for none and for a token that is unknown, revoked or expired, and
        TooManyRequests for a client that sent too many of these, whatever it sends now.
        """
        token = _token_in(authorization)
        if token is None:
            raise Unauthorized
        self._failures.refuse(client)
        record = self._valid(token)
        if record is None:
            self._failures.add(client)
            raise Unauthorized(variant="invalid")
        return Grant(
            token=record.id,
            author=record.author,
            scopes=frozenset(record.scopes),
            graphs=record.graphs,
            organisations=record.organisations,
        )

    def audit(
        self, grant: Grant | None, action: str, outcome: str, release: int | None = None
    ) -> None:
        """Notes what was tried, how it ended and the release that it made; without a grant, it
        was the operator."""
        act = Act(grant.token if grant else OPERATOR, action, outcome, release)
        self._ledger.audit.add(act)

    def _valid(self, token: str) -> TokenRecord | None:
        """The token as it is kept; it takes the same time whether or not its id is known."""
        given = token[:LONGEST] if token.isascii() else ""
        prefix, identifier, secret = (*given.split("_", 2), "", "")[:3]
        record = self._ledger.tokens.get(identifier)
        same = hmac.compare_digest(_digest(secret), record.digest if record else _NO_DIGEST)
        if record is None or not same or prefix != PREFIX or record.revoked is not None:
            return None
        return record if record.expires is None or self._clock() < record.expires else None


def _token_in(authorization: str | None) -> str | None:
    """The token of an Authorization header; None where there is none."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() if scheme.lower() == SCHEME and token.strip() else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("ascii")).digest()


def is_organisation(name: str) -> bool:
    """Whether this may be the last part of an organisation's IRI."""
    return len(name) <= LONGEST_SHOWN and _ORGANISATION.fullmatch(name) is not None
