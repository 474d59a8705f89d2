"""The data folder in an operator's hands: brought up to date, copied, put back, made again."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Store

from jalon import build
from jalon.errors import LedgerBroken, NotReady, ReleaseUnknown, ShapesRefused
from jalon.ledger.commits import ChangeSet
from jalon.settings import Settings, read_settings
from jalon.store.intake import Outcome, Proposal
from jalon.store.snapshot import Snapshot
from jalon.terms import CATALOGUE_GRAPH

HERE = Path(__file__).parent
TINY = HERE.parents[1] / "packs" / "tiny"
ADDED = b'<http://example.org/s> <http://example.org/p> "added" <https://example.org/g> .'

MISSPELT = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
<https://example.org/S> a sh:NodeShape ; sh:targetClass <https://example.org/C> ;
    sh:property [ sh:path <https://example.org/p> ; sh:minCountt 1 ] .
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "pack"))


@pytest.fixture
def settings(tmp_path: Path, pack: Path) -> Settings:
    return read_settings(data_dir=tmp_path / "state", pack=pack, reasoner="none")


def silent(_done: int, _all: int) -> None:
    pass


def newest(settings: Settings) -> Snapshot:
    return build.open_content(settings).releases.current


def quads(snapshot: Snapshot) -> set[str]:
    store = Store.read_only(str(snapshot.checkpoint))
    derived = (DefaultGraph(), NamedNode(snapshot.stamp.base + CATALOGUE_GRAPH))
    return {str(quad) for quad in store if quad.graph_name not in derived}


def add(settings: Settings, line: bytes = ADDED) -> Outcome:
    async def added() -> Outcome:
        async with build.publishing(settings, build.pack_of(settings)) as publisher:
            change = ChangeSet.of([line])
            return await publisher.commit(Proposal(change, "author", "adds", "test"))

    return asyncio.run(added())


def change_file(pack: Path, old: str, new: str) -> None:
    path = pack / "data" / "editorial" / "additions.ttl"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@contextmanager
def writing_elsewhere(settings: Settings) -> Iterator[None]:
    """Another process holds the lock of the data folder."""
    code = (
        "import fcntl,sys; f=open(sys.argv[1],'w'); fcntl.flock(f,2); print(1,flush=True); input()"
    )
    lock = str(build.lock_of(settings))
    command = [sys.executable, "-c", code, lock]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield
        other.kill()


def test_the_pack_is_the_first_release(settings: Settings) -> None:
    first = newest(settings)
    assert first.stamp.number == 1
    assert newest(settings) == first
    with closing(build.ledger_of(settings, read_only=True)) as ledger:
        [commit] = ledger.commits()
        assert commit.author == "operator"
        assert commit.source == f"pack:{build.pack_of(settings).digest}"
        assert commit.change.adds == build.pack_of(settings).nquads()


def test_a_new_version_of_the_pack_is_a_change_and_leaves_what_others_added(
    settings: Settings, pack: Path
) -> None:
    before = quads(newest(settings))
    assert add(settings) == Outcome(2, 1, 0)
    change_file(pack, "VILLAGE", "HAMEAU")
    after = newest(settings)
    assert after.stamp.number == 3
    gone, new = before - quads(after), quads(after) - before
    assert ADDED.decode().removesuffix(" .") in new
    assert gone
    assert all("VILLAGE" in quad for quad in gone)
    assert len(new) == len(gone) + 1
    change_file(pack, "HAMEAU", "VILLAGE")
    assert quads(newest(settings)) - {ADDED.decode().removesuffix(" .")} == before


def test_shapes_that_would_be_refused_do_not_enter(settings: Settings, pack: Path) -> None:
    newest(settings)
    shapes = pack / "shapes" / "more.ttl"
    shapes.parent.mkdir(exist_ok=True)
    shapes.write_text(MISSPELT, encoding="utf-8")
    with (pack / "pack.toml").open("a", encoding="utf-8") as manifest:
        manifest.write('"graph/shapes" = ["shapes/*.ttl"]\n')
    with pytest.raises(ShapesRefused):
        newest(settings)
    with closing(build.ledger_of(settings, read_only=True)) as ledger:
        assert ledger.head().number == 1


def test_what_another_process_has_published_is_taken(settings: Settings) -> None:
    first = newest(settings)
    with writing_elsewhere(settings):
        assert newest(settings) == first
        for refused in (build.rebuild, lambda chosen, _: build.restore(chosen, TINY, silent)):
            with pytest.raises(NotReady, match="Another process"):
                refused(settings, silent)


def test_a_folder_of_the_layout_before_is_brought_up_to_date(tmp_path: Path, pack: Path) -> None:
    with tarfile.open(HERE / "layout-1.tar.xz") as stored:
        stored.extractall(tmp_path, filter="data")
    state = tmp_path / "state"
    assert (state / "index").is_dir()
    assert not (state / "layout.json").exists()
    settings = read_settings(data_dir=state, pack=pack, reasoner="none")
    assert newest(settings).stamp.number == 1
    assert json.loads((state / "layout.json").read_text(encoding="utf-8"))["layout"] == 2
    assert not (state / "validation").exists()
    assert list((state / "index").iterdir()) == []


def test_a_folder_of_a_later_version_is_left_alone(settings: Settings) -> None:
    newest(settings)
    layout = settings.data_dir / "layout.json"
    layout.write_text('{"layout": 99}', encoding="utf-8")
    with pytest.raises(NotReady, match="later version"):
        newest(settings)
    assert layout.read_text(encoding="utf-8") == '{"layout": 99}'


def test_a_layout_file_with_another_number_than_was_written_is_not_believed(
    settings: Settings,
) -> None:
    first = newest(settings)
    layout = settings.data_dir / "layout.json"
    written = layout.read_text(encoding="utf-8")
    layout.write_text(written.replace('"layout": 2', '"layout": 3'), encoding="utf-8")
    assert newest(settings) == first
    assert layout.read_text(encoding="utf-8") == written


def test_a_layout_file_cut_short_is_written_anew(settings: Settings) -> None:
    first = newest(settings)
    (settings.data_dir / "layout.json").write_text("", encoding="utf-8")
    assert newest(settings) == first


def test_a_backup_holds_everything(settings: Settings, tmp_path: Path) -> None:
    newest(settings)
    add(settings)
    saved = quads(newest(settings))
    head = build.backup(settings, tmp_path / "copy.sqlite", silent)
    assert head.number == 2
    add(settings, ADDED.replace(b"added", b"later"))
    shutil.rmtree(settings.data_dir)
    settings.data_dir.mkdir()
    assert build.restore(settings, tmp_path / "copy.sqlite", silent) == head
    restored = newest(settings)
    assert (restored.stamp.number, quads(restored)) == (2, saved)


def test_restoring_over_a_ledger_keeps_the_old_one_and_goes_back(
    settings: Settings, tmp_path: Path
) -> None:
    before = quads(newest(settings))
    build.backup(settings, tmp_path / "copy.sqlite", silent)
    add(settings)
    build.restore(settings, tmp_path / "copy.sqlite", silent)
    assert quads(newest(settings)) == before
    # The one that was replaced is whole, too.
    replaced = settings.data_dir / "ledger" / "ledger.sqlite.replaced"
    assert build.restore(settings, replaced, silent).number == 2
    assert len(quads(newest(settings))) == len(before) + 1


def test_a_damaged_backup_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    add(settings)
    before = quads(newest(settings))
    copy = tmp_path / "copy.sqlite"
    build.backup(settings, copy, silent)
    with closing(sqlite3.connect(copy)) as database:
        database.execute("DROP TRIGGER commits_are_not_changed")
        database.execute("UPDATE commits SET message = 'other' WHERE number = 1")
        database.commit()
    with pytest.raises(LedgerBroken):
        build.restore(settings, copy, silent)
    with pytest.raises(NotReady, match="no backup"):
        build.restore(settings, tmp_path / "nowhere", silent)
    assert quads(newest(settings)) == before


def test_a_restore_cut_short_is_not_taken_for_an_empty_ledger(
    settings: Settings, tmp_path: Path
) -> None:
    newest(settings)
    copy, ledger = tmp_path / "copy.sqlite", settings.data_dir / "ledger" / "ledger.sqlite"
    build.backup(settings, copy, silent)
    ledger.rename(ledger.with_name("ledger.sqlite.restoring"))
    with pytest.raises(NotReady, match="cut short"):
        newest(settings)
    assert build.restore(settings, copy, silent).number == 1
    assert newest(settings).stamp.number == 1


def test_a_broken_ledger_stops_everything_with_the_number(settings: Settings) -> None:
    add(settings)
    with closing(sqlite3.connect(settings.data_dir / "ledger" / "ledger.sqlite")) as database:
        database.execute("DROP TRIGGER commits_are_not_changed")
        database.execute("UPDATE commits SET author = 'somebody' WHERE number = 1")
        database.commit()
    with pytest.raises(LedgerBroken) as refusal:
        newest(settings)
    assert refusal.value.details["number"] == 1


def test_who_needs_no_entailments_neither_waits_for_them_nor_takes_them_away(
    settings: Settings,
) -> None:
    settings = settings.model_copy(update={"reasoner": "owlrl"})
    plain = build.open_content(settings, entailed=False).releases.current
    assert plain.stamp.derivation.state == "off"
    reasoned = newest(settings)
    assert reasoned.stamp.derivation.state == "complete"
    assert reasoned.stamp.number == plain.stamp.number == 1
    assert build.open_content(settings, entailed=False).releases.current == reasoned


def test_rebuilding_starts_from_the_ledger_alone(settings: Settings) -> None:
    add(settings)
    before = newest(settings)
    saved = quads(before)
    (before.checkpoint / "other").touch()
    rebuilt = build.rebuild(settings, silent)
    assert rebuilt.intact()
    assert quads(rebuilt) == saved
    assert rebuilt.stamp.identity == before.stamp.identity


def test_a_release_is_pinned_and_let_go(settings: Settings) -> None:
    newest(settings)
    build.pin(settings, 1)
    with pytest.raises(ReleaseUnknown):
        build.pin(settings, 2)
    assert build.unpin(settings, 1)
    assert not build.unpin(settings, 1)
