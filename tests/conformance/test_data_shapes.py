"""The W3C's data-shapes suite through POST /validate of the service as it is served."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from rdflib import Graph

from conformance.servers import served_jalon
from data_shapes.running import fault, read_misses
from data_shapes.suite import ABSENT, SUITE, Entry, read_entries, read_graph

ENTRIES = read_entries() if SUITE.is_dir() else []
TURTLE = "text/turtle"


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        served_jalon(tmp_path_factory.mktemp("shapes")) as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        yield client


def name_of(entry: Entry) -> str:
    return entry.iri.partition(":/")[2]


def posted(entry: Entry, client: httpx.Client) -> Graph | None:
    """The report that the service answers with; None where it refuses the shapes."""
    files = {
        "data": (entry.data.name, entry.data.read_bytes(), TURTLE),
        "shapes": (entry.shapes.name, entry.shapes.read_bytes(), TURTLE),
    }
    response = client.post(
        "/validate", files=files, params={"graph": entry.base}, headers={"Accept": TURTLE}
    )
    if response.status_code == 400 and response.json()["code"] == "shapes-refused":
        return None
    assert response.status_code == 200, response.text
    return read_graph(response.content, entry.base)


@pytest.mark.skipif(not ENTRIES, reason=ABSENT)
@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_the_service_gives_the_report_expected_but_for_the_known_misses(
    asking: httpx.Client, entry: Entry
) -> None:
    wrong = fault(entry, posted(entry, asking))
    if entry.iri in read_misses("shacl"):
        assert wrong, "it is listed as a miss, and passes"
    else:
        assert not wrong
