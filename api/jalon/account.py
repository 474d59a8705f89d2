"""The account of a request: what is found out about it while it is served, by whoever finds it out.

The way in opens one; what is done for the request, in tasks and threads, too, notes what it finds;
the log and the metrics read it. It is known to nobody but who works for the request.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Account:
    """A request by its id, and what was noted of it: short words, by name."""

    request: str
    notes: dict[str, str] = field(default_factory=dict)


_CURRENT: ContextVar[Account | None] = ContextVar("jalon-account", default=None)


def open_account(request: str) -> Account:
    """An account for all that is done from here on, and by what is started from here."""
    account = Account(request)
    _CURRENT.set(account)
    return account


def current() -> Account | None:
    """The account of the request that is being served; None where there is none."""
    return _CURRENT.get()


def note(name: str, word: str) -> None:
    """Notes something of the request that is being served; what was noted before gives way."""
    account = _CURRENT.get()
    if account is not None:
        account.notes[name] = word
