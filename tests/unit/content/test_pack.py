"""Reading a pack: layers, graphs, and faults that name their file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyoxigraph
import pytest

from jalon.content.locate import find_core, find_pack
from jalon.content.pack import read_pack, survey_pack
from jalon.errors import FileUnreadable, ManifestInvalid, PackNotFound

TINY = Path(__file__).parents[2] / "packs" / "tiny"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    root = tmp_path / "tiny"
    shutil.copytree(TINY, root)
    return root


def test_the_core_layer_comes_first_and_in_the_graphs_of_the_pack() -> None:
    pack = read_pack(TINY)
    layers = [file.layer for file in pack.files]
    assert layers == sorted(layers, key=lambda layer: layer != pack.core.id)
    assert all(file.graph.startswith("https://example.org/plan/graph/") for file in pack.files)
    assert {file.graph for file in pack.own_files()} == {
        pack.graph_iri("graph/vocabulary/theme"),
        pack.graph_iri("graph/source/notice"),
        pack.graph_iri("graph/editorial"),
    }


def test_quads_are_valid_and_the_same_on_every_read() -> None:
    first, second = read_pack(TINY), read_pack(TINY)
    assert first.nquads() == second.nquads()
    assert first.digest == second.digest
    quads = list(pyoxigraph.parse(first.nquads(), pyoxigraph.RdfFormat.N_QUADS))
    assert len(quads) == len(first.nquads().splitlines()) == len(set(first.nquads().splitlines()))


def test_the_digest_changes_with_a_file(tiny: Path) -> None:
    before = read_pack(tiny).digest
    path = tiny / "data" / "editorial" / "additions.ttl"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert read_pack(tiny).digest != before


def test_a_syntax_error_names_file_and_line(tiny: Path) -> None:
    (tiny / "data" / "editorial" / "b.ttl").write_text("\n\n<https://a/> ;;[ .", encoding="utf-8")
    with pytest.raises(FileUnreadable) as raised:
        assert read_pack(tiny).files
    assert raised.value.details["file"] == "data/editorial/b.ttl"
    assert raised.value.details["line"] == 3


def test_a_file_too_deep_to_read_is_a_clear_error(tiny: Path) -> None:
    deep = "<https://a/> <https://b/> " + "[" * 3000 + "]" * 3000 + " ."
    (tiny / "data" / "editorial" / "b.ttl").write_text(deep, encoding="utf-8")
    with pytest.raises(FileUnreadable) as raised:
        assert read_pack(tiny).files
    assert raised.value.details["file"] == "data/editorial/b.ttl"


def test_a_survey_goes_on_after_a_file_that_cannot_be_read(tiny: Path) -> None:
    for name in ("b", "c"):
        (tiny / "data" / "editorial" / f"{name}.ttl").write_text("x", encoding="utf-8")
    survey = survey_pack(tiny)
    assert len(survey.faults) == 2
    assert len(survey.pack.own_files()) == 3


def test_a_file_without_a_graph_is_named(tiny: Path) -> None:
    (tiny / "data" / "stray.ttl").write_text("", encoding="utf-8")
    with pytest.raises(ManifestInvalid) as raised:
        assert read_pack(tiny).files
    assert raised.value.details["file"] == "data/stray.ttl"


@pytest.mark.parametrize("wanted", ["jalon:core@^99", "other:core@^1"])
def test_another_core_than_ours_is_refused(tiny: Path, wanted: str) -> None:
    manifest = tiny / "pack.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("jalon:core@^1", wanted), encoding="utf-8")
    with pytest.raises(ManifestInvalid) as raised:
        assert read_pack(tiny).files
    assert raised.value.details["key"] == "extends"


def test_the_chosen_pack_wins_then_the_checkout_then_the_wheel(tmp_path: Path) -> None:
    package = tmp_path / "api" / "jalon"
    (package / "_pack").mkdir(parents=True)
    (package / "_pack" / "pack.toml").touch()
    assert find_pack(None, package) == package / "_pack"
    (tmp_path / "pack.toml").touch()
    assert find_pack(None, package) == tmp_path
    assert find_pack(TINY, package) == TINY


def test_no_pack_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(PackNotFound):
        find_pack(tmp_path)
    with pytest.raises(PackNotFound):
        find_core(tmp_path / "api" / "jalon")
