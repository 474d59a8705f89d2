"""What is put into the ledger comes out of it, in order, whoever reads it and when."""

from __future__ import annotations

import subprocess
import threading
from dataclasses import replace

import pytest

from jalon.errors import NotReady, ReleaseUnknown
from jalon.ledger import rows
from jalon.ledger.commits import GENESIS, ChangeSet, Commit, Head
from unit.ledger.drafts import Place, draft, environment, filled, ledger_at, program


def test_what_was_written_is_read_back_byte_for_byte(place: Place) -> None:
    lines = ['<s:a> <p:a> "1.50"^^<d:a> <g:a> .', '<s:a> <p:a> "\\u0000é\u202e"@fr <g:a> .']
    given = replace(
        draft(1),
        change=ChangeSet.of([line.encode() for line in lines], [b"_:b0 <p:a> _:b1 <g:a> ."]),
        message="Été\0\n\t“so” 🜚",
        report='{"a": "\\u0000"}\n',
    )
    with ledger_at(place) as ledger:
        kept = ledger.append(given)
    with ledger_at(place) as ledger:
        found = ledger.commit(1)
    assert found == kept
    assert found.change == given.change
    assert (found.message, found.report) == (given.message, given.report)


def test_each_commit_names_the_one_before_it(place: Place) -> None:
    commits = filled(place, 5)
    assert [commit.number for commit in commits] == [1, 2, 3, 4, 5]
    assert [commit.previous for commit in commits] == [GENESIS, *(c.digest for c in commits[:-1])]
    assert len({commit.digest for commit in commits}) == 5
    with ledger_at(place) as ledger:
        assert ledger.head() == Head(5, commits[-1].digest)
        assert ledger.verify() == ledger.head()


def test_an_empty_ledger_has_a_head_and_is_whole(place: Place) -> None:
    with ledger_at(place) as ledger:
        assert ledger.head() == ledger.verify() == Head(0, GENESIS)
        assert [*ledger.commits(), *ledger.summaries()] == []


def test_some_commits_are_read_in_order(place: Place) -> None:
    commits = filled(place, 6)
    with ledger_at(place) as ledger:
        assert list(ledger.commits()) == commits
        assert list(ledger.commits(after=4)) == commits[4:]
        assert list(ledger.commits(after=2, upto=4)) == commits[2:4]
        assert list(ledger.commits(after=4, upto=99)) == commits[4:]
        assert list(ledger.commits(after=6)) == list(ledger.commits(after=3, upto=2)) == []


@pytest.mark.parametrize("room", [0, 300, 1_000_000])
def test_commits_are_read_in_pages_of_what_there_is_room_for(
    place: Place, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ledger_at(place) as ledger:
        commits = [ledger.append(draft(number, quads=number % 7 * 20)) for number in range(1, 31)]
        monkeypatch.setattr(rows, "PAGE_BYTES", room)
        assert list(ledger.commits()) == commits
        assert list(ledger.commits(after=3, upto=17)) == commits[3:17]
        with ledger.database.read() as connection:
            end = rows.page_end(connection, 3, 30)
        assert end == {0: 4, 1_000_000: 30}.get(room, end)
        held = [len(each) for commit in commits[3:end] for each in _parts(commit)]
        assert end == 4 or sum(held) <= room


def _parts(commit: Commit) -> tuple[bytes, ...]:
    packed = rows.Packed.of(commit)
    return packed.adds, packed.removes, packed.report


def test_summaries_have_counts_instead_of_quads(place: Place) -> None:
    commits = filled(place, 450, quads=3)
    with ledger_at(place) as ledger:
        summaries = list(ledger.summaries())
        assert [each.number for each in ledger.summaries(after=195, upto=405)] == [*range(196, 406)]
    assert [each.digest for each in summaries] == [commit.digest for commit in commits]
    assert [(each.added, each.removed) for each in summaries] == [(3, 0), *[(3, 1)] * 449]
    assert (summaries[7].message, summaries[7].time) == (commits[7].message, commits[7].time)


@pytest.mark.parametrize("number", [0, -1, 4, 2**70])
def test_a_number_without_a_commit_is_no_release(place: Place, number: int) -> None:
    filled(place, 3)
    with ledger_at(place) as ledger, pytest.raises(ReleaseUnknown) as raised:
        ledger.commit(number)
    assert raised.value.details == {"release": number, "current": 3}


def test_a_change_that_is_not_in_order_is_not_kept(place: Place) -> None:
    with ledger_at(place) as ledger:
        with pytest.raises(ValueError, match="sorted"):
            ledger.append(replace(draft(1), change=ChangeSet(b"<b> .\n<a> .\n")))
        assert ledger.head().number == 0


def test_a_draft_that_cannot_be_written_leaves_the_ledger_as_it_was(place: Place) -> None:
    with ledger_at(place) as ledger:
        ledger.append(draft(1))
        with pytest.raises(UnicodeEncodeError):
            ledger.append(replace(draft(2), message="\ud800"))
        assert ledger.append(draft(2)).number == 2
        assert ledger.verify().number == 2


def test_several_threads_append_and_read_at_once(place: Place) -> None:
    seen: list[tuple[int, str]] = []
    with ledger_at(place) as ledger:

        def work(thread: int) -> None:
            for each in range(25):
                commit = ledger.append(replace(draft(2), message=f"{thread}.{each}"))
                seen.append((commit.number, commit.message))
                assert ledger.commit(commit.number) == commit

        threads = [threading.Thread(target=work, args=(each,)) for each in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(seen) == [(each.number, each.message) for each in ledger.summaries()]
        assert ledger.verify().number == 100


def test_reading_goes_on_while_another_thread_is_writing(place: Place) -> None:
    filled(place, 3)
    with ledger_at(place) as ledger, ledger._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM pins")
        found: list[int] = []
        reader = threading.Thread(target=lambda: found.append(ledger.verify().number))
        reader.start()
        reader.join(timeout=20)
        assert found == [3]


def test_another_process_reads_while_this_one_writes(place: Place) -> None:
    with ledger_at(place) as ledger, ledger_at(place, read_only=True):
        for number in range(1, 4):
            ledger.append(draft(number))
            command = program("reading.py", str(place))
            done = subprocess.run(command, env=environment(), capture_output=True, check=True)
            assert done.stdout.decode().split() == [str(number), ledger.head().digest]


def test_a_ledger_is_whole_at_every_moment_of_another_process_that_appends(
    place: Place,
) -> None:
    filled(place, 1)
    command = program("appending.py", str(place))
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        with ledger_at(place, read_only=True) as reader:
            for _ in range(40):
                acknowledged = int(process.stdout.readline().split()[0])
                assert reader.verify().number >= acknowledged
        process.kill()


def test_a_reader_sees_what_was_appended_since_it_opened(place: Place) -> None:
    with ledger_at(place) as ledger, ledger_at(place, read_only=True) as reader:
        assert reader.head().number == 0
        ledger.append(draft(1))
        assert [commit.number for commit in reader.commits()] == [1]


def test_who_only_reads_writes_nothing(place: Place) -> None:
    filled(place, 1)
    with ledger_at(place, read_only=True) as reader:
        with pytest.raises(NotReady, match="opened for reading alone"):
            reader.append(draft(2))
        with pytest.raises(NotReady):
            reader.pin(1)
        with pytest.raises(NotReady):
            reader.erase_author("nobody")
        assert reader.verify().number == 1


def test_a_closed_ledger_is_not_read(place: Place) -> None:
    with ledger_at(place) as ledger:
        ledger.append(draft(1))
    with pytest.raises(NotReady):
        ledger.head()
    with pytest.raises(NotReady):
        ledger.append(draft(2))


def test_progress_is_told(place: Place) -> None:
    filled(place, 3)
    told: list[tuple[int, int]] = []
    with ledger_at(place) as ledger:
        ledger.verify(lambda done, every: told.append((done, every)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_pinned_releases_are_kept_in_order(place: Place) -> None:
    filled(place, 5)
    with ledger_at(place) as ledger:
        for number in (4, 2, 4):
            ledger.pin(number)
        assert ledger.pins() == (2, 4)
        assert ledger.unpin(4)
        assert not ledger.unpin(4)
        with pytest.raises(ReleaseUnknown):
            ledger.pin(6)
    with ledger_at(place, read_only=True) as ledger:
        assert ledger.pins() == (2,)
