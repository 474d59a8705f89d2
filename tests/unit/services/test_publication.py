from __future__ import annotations

from pathlib import Path

import pytest

from jalon.content.locate import find_pack
from jalon.content.pack import read_pack
from jalon.services.publication import Publication, publication_of

TINY = Path(__file__).parents[2] / "packs" / "tiny"
CORE = "https://w3id.org/jalon/"


@pytest.fixture(scope="module")
def ours() -> Publication:
    return publication_of(read_pack(find_pack(None)))


def test_every_document_about_terms_has_a_path_and_a_path_of_its_version(ours: Publication) -> None:
    for path in ("def/evidence", "def/alignment/prov", "def/prefixes", "shapes/quebec/measure"):
        assert ours.modules[path].iri == CORE + path
        assert ours.modules[f"{path}/1.0.0"] is ours.modules[path]


def test_the_ontology_and_the_shapes_are_whole_in_every_version(ours: Publication) -> None:
    assert ours.wholes == {
        "def": "def",
        "def/1.0.0": "def",
        "shapes": "shapes",
        "shapes/1.0.0": "shapes",
    }


def test_what_a_document_declares_has_its_home_there(ours: Publication) -> None:
    assert ours.homes["def/prefix/ap"] == "def/prefixes"
    assert ours.homes["def/axiom/kinds-are-disjoint"] == "def"
    assert ours.homes["def/evidence"] == "def/evidence"


def test_another_pack_has_its_own_base_before_that_of_the_core() -> None:
    tiny = publication_of(read_pack(TINY))
    assert tiny.bases == ("https://example.org/plan/", CORE)
    assert tiny.modules["def/evidence"].iri == f"{CORE}def/evidence"
