"""Signing in to pages: with a token, which a cookie keeps that pages alone look at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request, Response

from jalon.errors import LANGUAGES, Forbidden
from jalon.web.addresses import root_of
from jalon.web.pages.answers import Problem

COOKIE = "jalon-token"
SECURE_COOKIE = f"__Host-{COOKIE}"
"""Browsers take this one over https alone, and from this host alone."""

PORTS = {"http": 80, "https": 443}

_ROOM = re.compile(
    rf"/(?:{'|'.join(LANGUAGES)})/(?:submissions(?:/[0-9]{{1,15}}(?:/entailed)?)?|submit)"
    r"(?:\?[\w=&.~%-]{0,500})?",
    re.ASCII,
)
_STEP = re.compile(r"(/submissions/[^/]+)/(?!entailed$)[^/]+")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who has signed in, as every page behind the sign-in says it."""

    name: str


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The form for a token; ``next`` is the address that it leads to.

    ``is_lost``: what was sent has come to nothing, as nobody was signed in.
    """

    next: str
    error: Problem | None = None
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Doorway:
    """Keeps tokens in cookies that end with the browser's session, and knows forms of ours."""

    public_url: str | None

    def token(self, request: Request) -> str | None:
        """The token that a browser has signed in with."""
        return request.cookies.get(self._name(request)) or None

    def let_in(self, request: Request, response: Response, token: str) -> None:
        """Has the browser keep a token, which has been found to be valid."""
        response.set_cookie(
            self._name(request),
            token,
            path="/",
            secure=self._is_secure(request),
            httponly=True,
            samesite="strict",
        )

    def let_out(self, request: Request, response: Response) -> None:
        """Has the browser forget the token."""
        response.delete_cookie(
            self._name(request),
            path="/",
            secure=self._is_secure(request),
            httponly=True,
            samesite="strict",
        )

    def check_origin(self, request: Request) -> None:
        """Raises Forbidden for what was not sent from a page of this site."""
        said = request.headers.get("origin") or request.headers.get("referer", "")
        own = {_origin(root_of(request, each)) for each in (None, self.public_url)}
        origin = _origin(said)
        if not origin or origin not in own:
            raise Forbidden(variant="origin")

    def _is_secure(self, request: Request) -> bool:
        return root_of(request, self.public_url).startswith("https:")

    def _name(self, request: Request) -> str:
        return SECURE_COOKIE if self._is_secure(request) else COOKIE


def room_after(address: str, language: str) -> str:
    """Where signing in leads: to a page behind it, else to the list of submissions."""
    return address if _ROOM.fullmatch(address) else f"/{language}/submissions"


def page_of(path: str) -> str:
    """The page, below its language, on which the form stands that is sent to a path."""
    return _STEP.sub(r"\1", path)


def _origin(address: str) -> str:
    """The scheme, the host and the port of an address; empty where it has none of ours."""
    try:
        parts = urlsplit(address)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname and port else ""
