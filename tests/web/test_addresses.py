"""The path of an IRI in a request, whatever bytes the request line has."""

from __future__ import annotations

import pytest
from fastapi import Request

from jalon.errors import NotFound
from jalon.web.addresses import address_of, iri_path


def _request(raw_path: bytes) -> Request:
    return Request({"type": "http", "raw_path": raw_path, "headers": []})


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/id/measure/1", "id/measure/1"),
        (b"/id/%6Deasure/1%2D2%7e", "id/measure/1-2~"),
        (b"/id/a%2Fb", "id/a%2Fb"),
        (b"/id/a%2fb", "id/a%2Fb"),
        (b"/id/%C3%A9t%C3%A9", "id/été"),
        ("/id/été".encode(), "id/été"),
        (b"/id/a%20b%25", "id/a%20b%25"),
        (b"/id/a%3Fb%23c", "id/a%3Fb%23c"),
        (b"/id/a:b@c,d;e=(1)", "id/a:b@c,d;e=(1)"),
    ],
)
def test_only_what_an_iri_writes_plainly_is_unescaped(raw: bytes, path: str) -> None:
    assert iri_path(_request(raw)) == path


@pytest.mark.parametrize(
    "raw",
    [
        b"/id/../x",
        b"/id/%2E%2E/x",
        b"/id/./x",
        b"/",
        b"",
        b'/id/"x"',
        b"/id/<x>",
        b"/id/a b",
        b"/id/a\r\nX: y",
        b"/id/\xe9",
        b"/id/%E9",
        b"/id/%C3",
        b"/id/" + b"x" * 10_000,
        b"/id/" + b"%41" * 1_100,
    ],
)
def test_what_no_iri_has_is_not_found(raw: bytes) -> None:
    with pytest.raises(NotFound):
        iri_path(_request(raw))


def test_an_address_can_stand_in_a_header() -> None:
    assert address_of("http://e", "id/été%2F") == "http://e/id/%C3%A9t%C3%A9%2F"
