"""The addresses of ledgers in PostgreSQL, which a password may be in."""

from __future__ import annotations

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

SCHEMES = ("postgresql", "postgres")


def url_of(written: str) -> URL:
    """The address of a PostgreSQL database. Raises ValueError where that is none.

    The error does not repeat what was written: a password may be in it.
    """
    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        raise ValueError("this is no postgresql:// URL") from None
    if url.drivername not in SCHEMES:
        raise ValueError("this is no postgresql:// URL")
    if not url.database:
        raise ValueError("the URL names no database")
    return url


def shown(url: URL) -> str:
    """An address without the password, nor what else it says of how to connect."""
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    return bare.render_as_string()
