"""The three versions stand in the changelog: software, core layer, pack."""

from __future__ import annotations

import re

import jalon
from jalon.content.locate import find_pack
from jalon.content.pack import read_pack


def test_the_newest_heading_of_the_changelog_names_the_versions_in_the_files() -> None:
    pack = read_pack(find_pack(None))
    text = (pack.root / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = re.search(r"^## (.+)$", text, re.MULTILINE)
    assert heading is not None
    versions = dict(re.findall(r"(software|core|pack) ([0-9.]+)", heading[1]))
    assert versions == {
        "software": jalon.__version__,
        "core": pack.core.version,
        "pack": pack.manifest.version,
    }
