"""Linked data as clients meet it: addresses, redirects, formats, headers, and hostile paths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from jalon.content.locate import find_pack
from jalon.content.pack import read_pack
from jalon.services.publication import publication_of
from jalon.store.snapshot import Snapshot
from web.making import snapshot_of
from web.service import Site, Tuning, open_site

CORE = "https://w3id.org/jalon/"
MEASURE = "/doc/measure/qdcp-120"
TINY = Path(__file__).parents[1] / "packs" / "tiny"
TYPES = {
    "ttl": "text/turtle; charset=utf-8",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
}
KINDS = [
    "plan/dap-2018-2023",
    "orientation/dap-1",
    "objective/dap-1-1",
    "measure/dap-1-1-1",
    "measure/qdcp-120",
    "entry/dap-k1",
    "milestone/dap-k1-1",
    "organisation/mcc",
    "network/dcdo",
    "role/partner",
    "scheme/role",
    "value-status/stated",
    "document/dap-overview",
    "citation/measure-qdcp-120",
    "note/qdcp-120-periods",
    "convention-goal/1",
    "derived-figure/dap-total",
]
HOSTILE = [
    "measure%2Fqdcp-120",
    "measure/%2e%2e/measure/qdcp-120",
    "measure//qdcp-120",
    "measure/qdcp-120/",
    "measure/qdcp-120%00",
    "measure/qdcp-120%0A",
    "measure/qdcp-120%0D%0AX-Injected:%20yes",
    "measure/qdcp-120%3E%20%7D%20DROP%20ALL",
    "measure/%22qdcp-120%22",
    "measure/%E9",
    "measure/%C3%A9t%C3%A9",
    "measure/%F0%9F%A4%96",
    "measure/%",
    "measure/%zz",
    "x" * 10_000,
    "%C3%A9" * 3_000,
    "",
    ".ttl",
    "http://elsewhere/",
]


@pytest.fixture(scope="module")
def served(pack_snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    tuning = Tuning(publication=publication_of(read_pack(find_pack(None))))
    with open_site(pack_snapshot, tmp_path_factory.mktemp("answers"), tuning) as site:
        yield site


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    pack = read_pack(TINY)
    folder = tmp_path_factory.mktemp("index")
    snapshot = snapshot_of(pack.nquads(), pack.manifest.base, folder)
    tuning = Tuning(publication=publication_of(pack), public_url="https://data.example.org/plan/")
    with open_site(snapshot, tmp_path_factory.mktemp("answers"), tuning) as site:
        yield site


def get(site: Site, path: str, accept: str = "", **headers: str) -> httpx.Response:
    if accept:
        headers["Accept"] = accept
    return site.ask("GET", path, headers=headers)


def code(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def links(response: httpx.Response) -> set[tuple[str, str]]:
    return {
        (part.split(">")[0].lstrip(" <"), part.split('rel="')[1].split('"')[0])
        for part in response.headers["link"].split(", <")
    }


@pytest.mark.parametrize("path", KINDS)
def test_a_thing_is_elsewhere_and_described_there(served: Site, path: str) -> None:
    found = get(served, f"/id/{path}")
    assert (found.status_code, found.headers["location"]) == (303, f"http://test/doc/{path}")
    assert links(found) == {(f"http://test/doc/{path}", "describedby")}
    described = get(served, f"/doc/{path}")
    assert described.status_code == 200
    assert f"{CORE}id/{path}".rpartition("/")[2] in described.text
    assert (f"{CORE}id/{path}", "cite-as") in links(described)


@pytest.mark.parametrize("path", ["/id/measure/none", "/doc/measure/none", "/doc/measure/none.ttl"])
def test_what_is_not_there_is_not_found(served: Site, path: str) -> None:
    assert code(get(served, path)) == (404, "not-found")


@pytest.mark.parametrize("path", ["/graph/none", "/def/none", "/shapes/none.ttl", "/def.html"])
def test_other_documents_that_are_not_there_are_not_found(served: Site, path: str) -> None:
    assert code(get(served, path)) == (404, "not-found")


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path[:40])
@pytest.mark.parametrize("place", ["/id/", "/doc/", "/graph/", "/def/"])
def test_a_hostile_path_is_not_found(served: Site, place: str, path: str) -> None:
    assert code(get(served, place + path)) == (404, "not-found")


def test_an_escape_that_an_iri_does_not_need_makes_no_difference(served: Site) -> None:
    found = get(served, "/id/measure/%71dcp%2D120")
    assert found.headers["location"] == f"http://test{MEASURE}"


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        ("", "ttl"),
        ("*/*", "ttl"),
        ("application/ld+json", "jsonld"),
        ("application/json", "jsonld"),
        ("text/turtle;q=0.5, application/rdf+xml", "rdf"),
        ("text/turtle;q=0.5, application/rdf+xml;q=0.4, application/n-triples;q=0.6", "nt"),
        ("application/*", "nt"),
        ("text/turtle;q=0, */*;q=0.1", "nt"),
    ],
)
def test_the_format_is_the_one_that_is_preferred(served: Site, accept: str, suffix: str) -> None:
    response = get(served, MEASURE, accept)
    assert response.headers["content-type"] == TYPES[suffix]
    assert response.headers["content-location"] == f"http://test{MEASURE}.{suffix}"
    assert response.headers["vary"] == "Accept"
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("suffix", TYPES)
def test_a_suffix_fixes_the_format_whatever_is_accepted(served: Site, suffix: str) -> None:
    response = get(served, f"{MEASURE}.{suffix}", "image/png")
    assert response.headers["content-type"] == TYPES[suffix]
    assert response.content == get(served, MEASURE, TYPES[suffix].partition(";")[0]).content


@pytest.mark.parametrize("accept", ["image/png", "text/plain;q=0", "text/turtle;q=0"])
def test_what_cannot_be_given_is_not_acceptable_and_lists_what_can(
    served: Site, accept: str
) -> None:
    response = get(served, MEASURE, accept)
    assert code(response) == (406, "not-acceptable")
    for suffix, content_type in TYPES.items():
        assert f"{content_type.partition(';')[0]} (.{suffix})" in response.json()["detail"]


def test_links_say_what_it_is_and_where_else(served: Site) -> None:
    assert links(get(served, f"{MEASURE}.ttl")) == {
        (f"{CORE}id/measure/qdcp-120", "cite-as"),
        (f"{CORE}id/measure/qdcp-120", "describes"),
        *((f"http://test{MEASURE}.{suffix}", "alternate") for suffix in ("jsonld", "nt", "rdf")),
        (f"{CORE}def#Measure", "type"),
        ("https://creativecommons.org/licenses/by/4.0/", "license"),
        (f"{CORE}id/plan/qdcp", "collection"),
    }


@pytest.mark.parametrize(
    "path", [MEASURE, f"{MEASURE}.jsonld", "/def", "/shapes/measure", "/graph/editorial"]
)
def test_who_has_the_document_is_not_sent_it_again(served: Site, path: str) -> None:
    first = get(served, path)
    tag = first.headers["etag"]
    for held in (tag, f'"other", {tag}', f"W/{tag}"):
        again = get(served, path, **{"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["vary"] == "Accept"
    assert get(served, path, **{"If-None-Match": '"other"'}).content == first.content


def test_every_document_and_format_has_its_own_tag(served: Site) -> None:
    paths = [f"{MEASURE}.{suffix}" for suffix in TYPES] + ["/doc/plan/qdcp", "/context.jsonld"]
    assert len({get(served, path).headers["etag"] for path in paths}) == len(paths)


def test_a_tag_of_what_is_not_there_is_not_believed(served: Site) -> None:
    response = get(served, "/doc/measure/none", **{"If-None-Match": "*"})
    assert code(response) == (404, "not-found")


@pytest.mark.parametrize(
    "path", [MEASURE, "/id/measure/qdcp-120", "/def", "/.well-known/void", "/context.jsonld"]
)
def test_head_gives_the_headers_of_get_without_its_body(served: Site, path: str) -> None:
    whole, head = get(served, path), served.ask("HEAD", path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    for response in (head, whole):
        del response.headers["x-request-id"]
    assert head.headers == whole.headers
    preflight = served.ask("OPTIONS", path)
    assert preflight.status_code == 204
    assert "If-None-Match" in preflight.headers["access-control-allow-headers"]


def test_the_language_of_the_client_filters_nothing(served: Site) -> None:
    plain = get(served, f"{MEASURE}.ttl")
    assert get(served, f"{MEASURE}.ttl", **{"Accept-Language": "fr"}).content == plain.content
    assert "Accept-Language" not in plain.headers["vary"]


def test_a_host_that_is_none_is_not_repeated(served: Site) -> None:
    for host in ('evil"><x>', "a b", "x" * 10 + "/path", "a,b"):
        found = get(served, "/id/measure/qdcp-120", Host=host)
        assert host not in found.headers["location"]
    found = get(served, "/id/measure/qdcp-120", Host="localhost:8000")
    assert found.headers["location"] == f"http://localhost:8000{MEASURE}"


def test_a_term_is_declared_in_the_document_that_its_address_leads_to(served: Site) -> None:
    for path, home in (("prefix/ap", "def/prefixes"), ("axiom/kinds-are-disjoint", "def")):
        found = get(served, f"/def/{path}")
        assert (found.status_code, found.headers["location"]) == (303, f"http://test/{home}")


def test_links_of_a_service_start_with_its_public_address(tiny: Site) -> None:
    found = get(tiny, "/id/measure/lend-tools")
    assert found.headers["location"] == "https://data.example.org/plan/doc/measure/lend-tools"
    described = get(tiny, "/doc/measure/lend-tools", "application/ld+json")
    assert described.json()["@context"] == "https://data.example.org/plan/context.jsonld"
    assert described.json()["id"] == "https://example.org/plan/id/measure/lend-tools"


def test_a_pack_with_its_own_base_serves_the_concepts_and_terms_of_the_core(tiny: Site) -> None:
    described = get(tiny, "/doc/role/partner", "application/ld+json").json()
    assert described["id"] == f"{CORE}id/role/partner"
    assert get(tiny, "/id/role/partner").status_code == 303
    assert (f"{CORE}def", "cite-as") in links(get(tiny, "/def"))
    assert get(tiny, "/graph/editorial").status_code == 200


def test_openapi_lists_every_address(served: Site) -> None:
    described = get(served, "/openapi.json").json()["paths"]
    assert described["/doc/{path}"]["get"]["summary"]
    assert {"/id/{path}", "/def", "/shapes", "/.well-known/void", "/context.jsonld"} <= set(
        described
    )
