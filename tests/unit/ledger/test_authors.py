"""Authors are opaque ids in the chain; who they are can be forgotten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jalon.ledger.authors import Author
from unit.ledger.drafts import Place, draft, ledger_at


def _everything_beside(path: Path) -> bytes:
    """What the files hold, read when this process has none of them open."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


def test_an_author_has_a_random_id_and_is_found_by_it(place: Place) -> None:
    with ledger_at(place) as ledger:
        first, second = ledger.add_author("Ann", "ann@example.org"), ledger.add_author("Ann")
        assert ledger.author(first) == Author(first, "Ann", "ann@example.org")
        assert ledger.author(second) == Author(second, "Ann", "")
        assert ledger.author("nobody") is None
    assert first != second
    assert len(first) == 24


def test_an_erased_author_has_an_id_alone(place: Place) -> None:
    with ledger_at(place) as ledger:
        ann, ben = ledger.add_author("Ann", "ann@example.org"), ledger.add_author("Ben")
        assert ledger.erase_author(ann)
        assert ledger.erase_author(ann)
        assert not ledger.erase_author("nobody")
        assert ledger.author(ann) == Author(ann, None, None)
        assert ledger.author(ben) == Author(ben, "Ben", "")


def test_an_erased_author_is_in_no_file_and_the_chain_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    names = [f"Honoré-Marie Nº{number:04}" for number in range(600)]
    with ledger_at(path) as ledger:
        ids = [ledger.add_author(name, f"{name}@example.org") for name in names]
        ledger.append(replace(draft(1), author=ids[0]))
    assert names[0].encode() in _everything_beside(path)
    with ledger_at(path) as ledger, ledger_at(path, read_only=True) as reader:
        reader.head()
        assert all(ledger.erase_author(each) for each in ids)
        assert not ledger.erase_author("nobody")
        assert ledger.author(ids[0]) == Author(ids[0], None, None)
        assert reader.commit(1).author == ids[0]
        assert ledger.verify().number == 1
        # Opening and closing a file that SQLite has locked would let go of the lock: look last.
        found = _everything_beside(path)
    assert "Honoré".encode() not in found
    assert b"@example.org" not in found
