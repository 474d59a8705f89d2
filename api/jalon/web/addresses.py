"""Addresses: the root that our links start with, and the path of an IRI in a request."""

from __future__ import annotations

import re
from urllib.parse import quote

from fastapi import Request

from jalon.errors import NotFound

MAX_PATH = 1_000
"""The longest path that is looked up, in characters."""

_HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_PATH = re.compile(r"""[^<>"{}|\\^`\x00-\x20\x7f-\x9f]+""")
_SAFE = "/%:@!$&'()*+,;=~"
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def root_of(request: Request, public_url: str | None) -> str:
    """The public address of the service, else the one that this request was sent to."""
    if public_url:
        return public_url.rstrip("/")
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        bound = request.scope.get("server") or ("localhost", None)
        host = ":".join(str(part) for part in bound if part)
    return f"{request.url.scheme}://{host}"


def iri_path(request: Request) -> str:
    """The path of a request as it stands in an IRI, without its first slash.

    Only what an IRI writes without escapes is unescaped: a slash sent as ``%2F`` stays that, and
    is none. Raises NotFound for a path that no IRI can have, or none is looked up by.
    """
    raw = bytes(request.scope["raw_path"])
    if len(raw) > MAX_PATH * 3:
        raise NotFound(path=raw[:200].decode("ascii", "replace"))
    try:
        path = _ESCAPES.sub(_unescaped, raw).decode("utf-8").removeprefix("/")
    except UnicodeDecodeError as error:
        raise NotFound(path=raw[:200].decode("ascii", "replace")) from error
    if len(path) > MAX_PATH or not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise NotFound(path=f"/{path[:200]}")
    return path


def address_of(root: str, path: str) -> str:
    """The address of an IRI's path below a root, fit for a header."""
    return f"{root}/{quote(path, safe=_SAFE)}"


def encoded(iri: str) -> str:
    """An IRI as a URI, which is what a header can hold."""
    return quote(iri, safe="%/:?#[]@!$&'()*+,;=~")


def _unescaped(match: re.Match[bytes]) -> bytes:
    """What a run of escapes stands for, as far as an IRI has it without them."""
    octets = bytes.fromhex(match[0].decode("ascii").replace("%", ""))
    text = octets.decode("utf-8")
    kept = (each if each in _UNRESERVED or each > "\x7f" else f"%{ord(each):02X}" for each in text)
    return "".join(kept).encode("utf-8")
