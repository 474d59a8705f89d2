"""Queries that would fetch: refused in front, and without the guard there is no network."""

from __future__ import annotations

import pytest

from faults.asking import PLENTY, code
from faults.listening import listening
from jalon.errors import QueryFailed, QuerySyntax
from jalon.store.port import QueryRequest
from web.service import Site, network_left


@pytest.mark.parametrize("word", ["SERVICE", "SERVICE SILENT", "LOAD"])
def test_what_would_fetch_is_refused_and_nobody_is_called(guarded: Site, word: str) -> None:
    with listening() as (port, calls):
        text = f"SELECT * {{ {word} <http://127.0.0.1:{port}/sparql> {{ ?s ?p ?o }} }}"
        response = guarded.query(text)
        assert code(response) == (400, "query-refused")
        assert (response.json()["line"], response.json()["column"]) == (1, 12)
        assert not calls


def test_without_the_guard_the_process_has_no_network(guarded: Site) -> None:
    if not network_left(guarded):
        pytest.skip("this machine does not let a process enter a network namespace")
    with listening() as (port, calls):
        address = f"<http://127.0.0.1:{port}/sparql>"
        silent = f"SELECT * {{ SERVICE SILENT {address} {{ ?s ?p ?o }} }}"
        guarded.run(guarded.store.query(QueryRequest(silent, limits=PLENTY))).close()
        loud = f"SELECT * {{ SERVICE {address} {{ ?s ?p ?o }} }}"
        with pytest.raises(QueryFailed):
            guarded.run(guarded.store.query(QueryRequest(loud, limits=PLENTY)))
        with pytest.raises(QuerySyntax):
            guarded.run(guarded.store.query(QueryRequest(f"LOAD {address}", limits=PLENTY)))
        assert not calls
