"""The shortest way to /sparql, at a real server: nobody can tell it from the other ways."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

import httpx
import pytest

from jalon.errors import BadRequest
from jalon.store.lanes import Staffing
from jalon.store.releases import OnlyRelease
from jalon.store.snapshot import Snapshot
from jalon.web.requests import parameters_in
from web.service import BASE, Tuning
from web.serving import Served, serving

FORMATS = ["", "text/csv", "application/xml, text/turtle;q=0.5", "*/*"]


@pytest.fixture
def served(snapshot: Snapshot, tmp_path: Path) -> Iterator[Served]:
    with serving(OnlyRelease(snapshot), tmp_path) as server:
        yield server


def text(number: int, form: str = "SELECT ?s ?o") -> str:
    end = " # so" if form == "DESCRIBE ?s" else ""
    return f"{form} {{ ?s <{BASE}budget> ?o FILTER(?o != {number}) }}{end}"


def request(query: str, **headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    target = f"/sparql?{urlencode({'query': query})}"
    return f"GET {target} HTTP/1.1\r\nHost: test\r\n{lines}\r\n".encode()


def exchange(server: Served, *requests: bytes) -> bytes:
    """All that comes on a connection on which these were sent at once; the last one closes it."""
    found = bytearray()
    with socket.create_connection((server.host, server.port), timeout=60) as connection:
        connection.sendall(b"".join(requests))
        while piece := connection.recv(65536):
            found += piece
    return bytes(found)


def alike(answer: bytes) -> bytes:
    """An answer without what is another each time: its hour."""
    return re.sub(rb"date: [^\r]*", b"date", answer)


def taught(server: Served, form: str = "SELECT ?s ?o") -> None:
    """Has asked so often for one form that it is known to be quick."""
    with httpx.Client() as client:
        for number in range(1000, 1020):
            asked = client.get(server.sparql, params={"query": text(number, form)})
            assert asked.status_code == 200


@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("form", ["SELECT ?s ?o", "ASK", "DESCRIBE ?s"])
def test_every_way_says_the_same(served: Served, form: str, accept: str) -> None:
    taught(served, form)
    said = {"X_Request_Id": "one", "Accept": accept, "Connection": "close"}
    by_express = exchange(served, request(text(1, form), **said))
    kept = exchange(served, request(text(1, form), **said))
    # Who says how long a body is is left to the application.
    by_application = exchange(served, request(text(1, form), **said, Content_Length="0"))
    refused = (form, accept) == ("DESCRIBE ?s", "text/csv")
    assert by_express.startswith(b"HTTP/1.1 406 " if refused else b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nx-request-id: one\r\n" in by_express
    assert alike(by_express) == alike(kept) == alike(by_application)


def test_what_is_asked_at_once_is_answered_in_its_order(served: Served) -> None:
    taught(served)
    several = [request(text(number), X_Request_Id=f"n-{number}") for number in range(5)]
    last = request("SELECT * { ?s ?p", X_Request_Id="last", Connection="close")
    answers = exchange(served, *several, last)
    ids = re.findall(rb"x-request-id: (\S+)", answers)
    assert ids == [*(f"n-{number}".encode() for number in range(5)), b"last"]
    assert answers.count(b"HTTP/1.1 200 OK") == len(several)
    assert answers.count(b"HTTP/1.1 400 ") == 1


def test_who_has_an_answer_is_told_so(served: Served) -> None:
    taught(served)
    with httpx.Client() as client:
        first = client.get(served.sparql, params={"query": text(1)})
        tag = {"If-None-Match": first.headers["etag"]}
        again = client.get(served.sparql, params={"query": text(1)}, headers=tag)
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("query", ["SELECT * { ?s ?p", "SELECT * { SERVICE <http://a> {} }"])
def test_a_refusal_is_the_same(served: Served, query: str) -> None:
    taught(served)
    said = {"X_Request_Id": "one", "Connection": "close"}
    asked = [exchange(served, request(query, **said, **more)) for more in ({}, {"Expect": "so"})]
    assert asked[0].startswith(b"HTTP/1.1 400 ")
    assert alike(asked[0]) == alike(asked[1])


def test_whom_a_trusted_proxy_names_has_a_share_of_their_own(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    with serving(OnlyRelease(snapshot), tmp_path, Tuning(staffing=Staffing(per_client=1))) as each:
        taught(each)
        parts = [
            request(text(number), X_Forwarded_For=f"192.0.2.{number}", Connection="close")
            for number in range(4)
        ]
        sockets = [socket.create_connection((each.host, each.port), timeout=60) for _ in parts]
        for connection, part in zip(sockets, parts, strict=True):
            connection.sendall(part)
        for connection in sockets:
            with connection:
                assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")


QUERY_STRINGS = [
    urlencode({"query": "SELECT * { ?s ?p 'é=+&%' }"}).encode(),
    f"query={quote('a b=c')}".encode(),
    b"query=a+b%20c%3D%3d=&query=",
    b"query=%C3%A9\xc3\xa9",
    b"a%20b=1&c+d=2",
    b"=1&&a&b=",
    b"query=%&x=%4&y=%zz&z=%%41",
    b"query==41&x==\t",
    b"query=a%\nb=\r\n",
    b"query=a %0A%0d_=20 ",
    b"",
]


@pytest.mark.parametrize("encoded", QUERY_STRINGS)
def test_a_query_string_is_read_as_the_standard_has_it(encoded: bytes) -> None:
    assert parameters_in(encoded) == parse_qsl(
        encoded.decode(), keep_blank_values=True, errors="strict"
    )


@pytest.mark.parametrize("encoded", [b"query=%FF", b"query=\xff", b"&".join([b"a=1"] * 1001)])
def test_a_query_string_that_is_none_is_refused(encoded: bytes) -> None:
    with pytest.raises(BadRequest):
        parameters_in(encoded)
