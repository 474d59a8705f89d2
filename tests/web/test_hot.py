"""The short way to /sparql: nobody can tell it from the long one."""

from __future__ import annotations

import httpx
import pytest

from web.service import BASE, Site

QUERY = f"SELECT ?s ?o {{ ?s <{BASE}budget> ?o }}"
OWN = frozenset({"x-request-id", "content-length"})


def told(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name not in OWN}


@pytest.mark.parametrize("accept", ["", "text/csv", "application/xml, text/turtle;q=0.5", "*/*"])
def test_an_answer_is_the_same_by_every_way(site: Site, accept: str) -> None:
    headers = {"Accept": accept}
    asked = [
        site.ask(method, "/sparql", params={"query": QUERY}, headers=headers)
        for method in ("GET", "GET", "HEAD")
    ]
    first, kept, head = asked
    assert (first.status_code, first.content) == (kept.status_code, kept.content)
    assert told(first) == told(kept) == told(head)
    assert first.headers["content-length"] == kept.headers["content-length"]
    posted = site.ask("POST", "/sparql", data={"query": QUERY}, headers=headers)
    assert posted.content == kept.content
    # The answer to a POST has no tag.
    assert told(posted) == {name: value for name, value in told(kept).items() if name != "etag"}


@pytest.mark.parametrize(
    "params",
    [
        {"query": "SELECT * { ?s ?p"},
        {"query": "ASK {}", "release": "9"},
        {"query": "ASK {}", "entailed": "perhaps"},
        {"query": "ASK {}", "default-graph-uri": "relative"},
        {"query": "SELECT * { SERVICE <http://a> {} }"},
        {"query": ["ASK {}", "ASK {}"]},
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_refusal_is_the_same_by_every_way(
    site: Site, params: dict[str, str | list[str]], language: str
) -> None:
    headers = {"Accept-Language": language}
    by_get = site.ask("GET", "/sparql", params=params, headers=headers)
    by_post = site.ask("POST", "/sparql", data=params, headers=headers)
    assert by_get.status_code == by_post.status_code >= 400
    assert by_get.json() == by_post.json()
    assert told(by_get) == told(by_post)


def test_who_reads_pages_is_shown_what_is_wrong_on_one(site: Site) -> None:
    asked = site.ask(
        "GET", "/sparql", params={"query": "SELECT"}, headers={"Accept": "text/html,*/*;q=0.5"}
    )
    assert asked.headers["content-type"].startswith("text/html")
    assert asked.status_code == 400


def test_who_has_a_kept_answer_is_told_so(site: Site) -> None:
    first = site.ask("GET", "/sparql", params={"query": QUERY})
    tag = {"If-None-Match": first.headers["etag"]}
    again = site.ask("GET", "/sparql", params={"query": QUERY}, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
