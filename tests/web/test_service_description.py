"""GET /sparql without a query: what the service offers, as RDF."""

from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import RDF, Graph, Namespace, URIRef

from jalon.store.port import GRAPH_FORMATS
from jalon.validation.translation import rdflib_graph
from web.service import BASE, Site
from web.writable import NEW, Writable, one

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
ENDPOINT = "http://test/sparql"


def description(site: Site, accept: str = "text/turtle", path: str = "/sparql") -> Graph:
    response = site.ask("GET", path, headers={"Accept": accept})
    assert response.status_code == 200, response.text
    media_type = response.headers["content-type"].partition(";")[0]
    return rdflib_graph(parse(response.content, RdfFormat.from_media_type(media_type)))


@pytest.mark.parametrize("wanted", GRAPH_FORMATS[:2], ids=lambda wanted: str(wanted.name))
def test_a_service_describes_itself(site: Site, wanted: object) -> None:
    graph = description(site, getattr(wanted, "media_type", ""))
    [service] = graph.subjects(RDF.type, SD.Service)
    assert graph.value(service, SD.endpoint) == URIRef(ENDPOINT)
    assert graph.value(service, SD.supportedLanguage) == SD.SPARQL11Query
    assert len(list(graph.objects(service, SD.resultFormat))) == 8
    [dataset] = graph.objects(service, SD.defaultDataset)
    assert graph.value(dataset, SD.defaultGraph) is not None
    names = {str(name) for name in graph.objects(None, SD.name)}
    assert f"{BASE}graph/editorial" in names


def test_what_is_offered_for_updates_is_described_where_it_is_offered(writable: Writable) -> None:
    languages = set(description(writable.site).objects(None, SD.supportedLanguage))
    assert languages == {SD.SPARQL11Query, SD.SPARQL11Update}
    assert URIRef(f"{BASE}{NEW}") not in set(description(writable.site).objects(None, SD.name))
    writable.ask("PUT", NEW, one(1))
    assert URIRef(f"{BASE}{NEW}") in set(description(writable.site).objects(None, SD.name))
    earlier = description(writable.site, path="/sparql?release=1")
    assert URIRef(f"{BASE}{NEW}") not in set(earlier.objects(None, SD.name))
    writable.ask("DELETE", NEW)
    assert URIRef(f"{BASE}{NEW}") not in set(description(writable.site).objects(None, SD.name))


def test_who_has_the_description_is_told_so(site: Site) -> None:
    first = site.ask("GET", "/sparql")
    assert first.headers["content-type"].startswith("text/turtle")
    tag = {"If-None-Match": first.headers["etag"]}
    assert site.ask("GET", "/sparql", headers=tag).status_code == 304
    head = site.ask("HEAD", "/sparql")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(first.content))


def test_readers_are_led_to_the_page_and_others_told_what_there_is(site: Site) -> None:
    led = site.ask("GET", "/sparql", headers={"Accept": "text/html"})
    assert (led.status_code, led.headers["location"]) == (303, "/en/sparql")
    refused = site.ask("GET", "/sparql", headers={"Accept": "text/csv"})
    assert refused.status_code == 406


def test_a_dataset_without_a_query_is_a_question_without_one(site: Site) -> None:
    asked = site.ask("GET", "/sparql", params={"default-graph-uri": f"{BASE}graph/editorial"})
    assert (asked.status_code, asked.json()["code"]) == (400, "query-missing")


def test_a_release_that_is_none_is_no_question_for_the_service_itself(site: Site) -> None:
    asked = site.ask("GET", "/sparql?release=1?query=ASK{}", headers={"Accept": "text/csv"})
    assert (asked.status_code, asked.json()["code"]) == (400, "query-missing")
