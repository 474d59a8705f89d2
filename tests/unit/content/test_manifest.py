"""Manifests: what they may say, and how an error in one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from jalon.content.manifest import Manifest, read_manifest, satisfies
from jalon.errors import LANGUAGES, FileUnreadable, ManifestInvalid

GOOD = """
id = "example:library"
version = "1.2.3"
base = "https://example.org/plan/"
languages = ["en", "fr", "es"]
extends = "jalon:core@^1"

[title]
en = "Libraries"
fr = "Bibliothèques"

[namespaces]
lib = "https://example.org/def#"

[graphs]
"graph/source/{folder}" = ["data/source/*/*.ttl"]
"graph/editorial" = ["data/editorial/*.ttl"]
"""


def manifest_of(folder: Path, text: str) -> Manifest:
    path = folder / "pack.toml"
    path.write_text(text, encoding="utf-8")
    return read_manifest(path)


def test_a_manifest_is_read_in_full(tmp_path: Path) -> None:
    manifest = manifest_of(tmp_path, GOOD)
    assert manifest.id == "example:library"
    assert manifest.languages == ("en", "fr", "es")
    assert manifest.title["fr"] == "Bibliothèques"
    assert manifest.namespaces == {"lib": "https://example.org/def#"}
    assert manifest.graphs["graph/editorial"] == ("data/editorial/*.ttl",)


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ('id = "example:library"', 'id = "Library"', "id"),
        ('id = "example:library"', "", "id"),
        ('id = "example:library"', 'id = "a:b"\ncolour = "red"', "colour"),
        ('version = "1.2.3"', 'version = "1.2"', "version"),
        ("https://example.org/plan/", "https://example.org/plan", "base"),
        ("https://example.org/plan/", "plan/", "base"),
        ('["en", "fr", "es"]', '["en", "es"]', "languages"),
        ('["en", "fr", "es"]', '["en", "fr", "fr"]', "languages"),
        ('["en", "fr", "es"]', '"en"', "languages"),
        ("jalon:core@^1", "jalon:core", "extends"),
        ('fr = "Bibliothèques"', "", "title"),
        ('fr = "Bibliothèques"', 'fr = " "', "title.fr"),
        ('fr = "Bibliothèques"', 'fr = "B"\nde = "B"', "title"),
        ("https://example.org/def#", "def#", "namespaces.lib"),
        ("graph/editorial", "graph/entailed", 'graphs."graph/entailed"'),
        ("{folder}", "{parent}", 'graphs."graph/source/{parent}"'),
        ("data/editorial/*.ttl", "../*.ttl", 'graphs."graph/editorial"'),
        ("data/editorial/*.ttl", "data/**/*.ttl", 'graphs."graph/editorial"'),
    ],
)
def test_a_wrong_value_names_its_file_and_key(
    tmp_path: Path, before: str, after: str, key: str
) -> None:
    assert before in GOOD
    with pytest.raises(ManifestInvalid) as raised:
        manifest_of(tmp_path, GOOD.replace(before, after))
    assert raised.value.details["key"] == key
    assert raised.value.details["file"] == str(tmp_path / "pack.toml")
    for language in LANGUAGES:
        assert key in raised.value.detail(language)


def test_broken_toml_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable) as raised:
        manifest_of(tmp_path, 'id = "a:b"\nversion = \n')
    assert raised.value.details["line"] == 2


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ("example:library@^1", True),
        ("example:library@^1.2", True),
        ("example:library@^1.2.3", True),
        ("example:library@^1.2.4", False),
        ("example:library@^1.3", False),
        ("example:library@^2", False),
        ("example:library@^0", False),
        ("other:library@^1", False),
    ],
)
def test_the_caret_means_the_same_major_version(tmp_path: Path, wanted: str, fits: bool) -> None:
    assert satisfies(manifest_of(tmp_path, GOOD), wanted) is fits


@pytest.mark.parametrize(("wanted", "fits"), [("^0.3", True), ("^0.2", False), ("^0.3.2", False)])
def test_below_one_the_caret_holds_the_minor_version(
    tmp_path: Path, wanted: str, fits: bool
) -> None:
    manifest = manifest_of(tmp_path, GOOD.replace('"1.2.3"', '"0.3.1"'))
    assert satisfies(manifest, f"example:library@{wanted}") is fits
