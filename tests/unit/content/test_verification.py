"""Verifying a source document, on the tiny pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from jalon.content.pack import Pack, read_pack
from jalon.content.verification import MAX_BYTES, verify_source
from jalon.errors import SourceUnknown, SourceUnreadable

TINY = Path(__file__).parents[2] / "packs" / "tiny"
NOTICE = TINY / "documents" / "notice.txt"
BASE = "https://example.org/plan/id/"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(TINY)


def altered(folder: Path, before: str, after: str, name: str = "notice.txt") -> Path:
    text = NOTICE.read_text(encoding="utf-8")
    assert before in text
    path = folder / name
    path.write_text(text.replace(before, after), encoding="utf-8")
    return path


def test_the_document_as_cited_matches_in_full(pack: Pack) -> None:
    verification = verify_source(pack, NOTICE)
    assert verification.same_file
    assert len(verification.matching) == 2
    assert verification.differing == ()


def test_one_altered_character_names_the_citations_of_its_passage_alone(
    pack: Pack, tmp_path: Path
) -> None:
    verification = verify_source(pack, altered(tmp_path, "Lend", "Land"))
    assert not verification.same_file
    assert [difference.citation.iri for difference in verification.differing] == [
        f"{BASE}citation/measure-lend-tools"
    ]
    difference = verification.differing[0]
    assert difference.citation.locator == "L5"
    assert difference.citation.things == (f"{BASE}measure/lend-tools",)
    assert difference.found not in (None, difference.citation.digest)
    assert difference.moved_to is None


def test_a_change_outside_the_passages_changes_the_file_digest_alone(
    pack: Pack, tmp_path: Path
) -> None:
    verification = verify_source(pack, altered(tmp_path, "invented", "made up"))
    assert not verification.same_file
    assert verification.differing == ()


def test_a_passage_that_moved_is_found_again(pack: Pack, tmp_path: Path) -> None:
    verification = verify_source(pack, altered(tmp_path, "only.\n\n", "only.\n\n\n"))
    (difference,) = verification.differing
    assert difference.moved_to == "L6"


def test_a_passage_that_is_gone_is_missing(pack: Pack, tmp_path: Path) -> None:
    verification = verify_source(pack, altered(tmp_path, "\n\n* Lend tools as well as books\n", ""))
    (difference,) = verification.differing
    assert difference.found is None


def test_a_renamed_file_is_known_by_its_digest(pack: Pack, tmp_path: Path) -> None:
    copy = altered(tmp_path, "Lend", "Lend", name="copy.txt")
    assert verify_source(pack, copy).document.local_id == "notice"


@pytest.mark.parametrize("name", ["notice", f"{BASE}document/notice"])
def test_the_document_can_be_named(pack: Pack, tmp_path: Path, name: str) -> None:
    changed = altered(tmp_path, "Lend", "Land", name="copy.txt")
    assert len(verify_source(pack, changed, name).differing) == 1


def test_an_unknown_document_names_the_known_ones(pack: Pack, tmp_path: Path) -> None:
    changed = altered(tmp_path, "Lend", "Land", name="copy.txt")
    with pytest.raises(SourceUnknown) as raised:
        verify_source(pack, changed)
    assert raised.value.details == {"name": "copy.txt", "known": "notice"}
    with pytest.raises(SourceUnknown):
        verify_source(pack, NOTICE, "letter")


@pytest.mark.parametrize("content", [b"caf\xe9", b"a\0b"], ids=["not-utf-8", "binary"])
def test_what_is_not_text_is_unreadable(pack: Pack, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notice.txt"
    path.write_bytes(content)
    with pytest.raises(SourceUnreadable):
        verify_source(pack, path)


def test_a_missing_file_a_folder_and_a_huge_file_are_unreadable(pack: Pack, tmp_path: Path) -> None:
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    for path in (tmp_path / "none.txt", tmp_path, huge):
        with pytest.raises(SourceUnreadable):
            verify_source(pack, path)
