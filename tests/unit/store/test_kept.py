"""Kept answers: which of them go over to a later release."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from jalon.store.cache import Result, ResultCache
from jalon.store.concern import News
from jalon.store.kept import Key, kept_result, key_of, version_of
from jalon.store.port import SOLUTION_FORMATS, Dataset, QueryRequest
from jalon.store.snapshot import Snapshot, Stamp, following
from jalon.store.spool import Spool, SpoolFolder
from jalon.store.touches import MOST, Touches, news_of

EX = "http://e.org/"
TEXT = f"SELECT * {{ ?s <{EX}p> ?o }}"
P, Q = (Quad(NamedNode(EX + "s"), NamedNode(EX + each), Literal(1)) for each in "pq")


def _news(before: Snapshot, *quads: Quad) -> tuple[News, ...]:
    touches = Touches(before.stamp.identity)
    touches.note(quads)
    return news_of(touches.told())


def _releases(*changes: Quad) -> list[Snapshot]:
    """A first release, and one more for each quad that changes."""
    made = [Snapshot(Path("1"), Stamp(EX, 1, "a"))]
    for number, quad in enumerate(changes, 2):
        news = _news(made[-1], quad)
        made.append(following(made[-1], Snapshot(Path(str(number)), Stamp(EX, number, "a"), news)))
    return made


@pytest.fixture
def cache() -> ResultCache:
    return ResultCache()


def _key(snapshot: Snapshot, dataset: Dataset | None = None) -> Key:
    return key_of(QueryRequest(TEXT, dataset or Dataset()), snapshot.stamp.identity)


def _keep(cache: ResultCache, snapshot: Snapshot, folder: Path, key: Key | None = None) -> Result:
    key = key or _key(snapshot)
    body = Spool.of(SpoolFolder(folder, 1_000_000), b"answer")
    version = version_of(key, snapshot, repeatable=True)
    result = Result("solutions", SOLUTION_FORMATS[0], body, version)
    cache.put(key, result, len(TEXT))
    return result


def test_an_answer_goes_over_to_releases_that_do_not_concern_it(
    cache: ResultCache, tmp_path: Path
) -> None:
    first, second, third = _releases(Q, Q)
    kept = _keep(cache, first, tmp_path)
    found = kept_result(cache, _key(third), third)
    assert found is not None
    assert found.body is kept.body
    # It is the answer of that release; its bytes are those that the tag stood for.
    assert found.version.release == third.stamp.number
    assert found.version.tag == kept.version.tag
    assert kept_result(cache, _key(third), third) is found
    assert cache.state.entries == 1
    assert second.news


def test_an_answer_that_is_concerned_stays_behind(cache: ResultCache, tmp_path: Path) -> None:
    for changes in ((P,), (P, Q), (Q, P)):
        releases = _releases(*changes)
        _keep(cache, releases[0], tmp_path)
        assert kept_result(cache, _key(releases[-1]), releases[-1]) is None
        assert kept_result(cache, _key(releases[0]), releases[0]) is not None


def test_a_later_answer_counts_before_an_earlier_one(cache: ResultCache, tmp_path: Path) -> None:
    first, second, third = _releases(P, Q)
    _keep(cache, first, tmp_path)
    later = _keep(cache, second, tmp_path)
    found = kept_result(cache, _key(third), third)
    assert found is not None
    assert found.body is later.body


def test_a_dataset_of_named_graphs_does_not_go_over(cache: ResultCache, tmp_path: Path) -> None:
    first, second = _releases(Q)
    named = Dataset(default=(EX + "g",))
    _keep(cache, first, tmp_path, _key(first, named))
    assert kept_result(cache, _key(second, named), second) is None


def test_where_a_release_is_missing_nothing_goes_over(cache: ResultCache, tmp_path: Path) -> None:
    first, second, third = _releases(Q, Q)
    _keep(cache, first, tmp_path)
    alone = following(None, Snapshot(third.checkpoint, third.stamp, third.news[-1:]))
    assert kept_result(cache, _key(alone), alone) is None
    # Nor does it where it follows on another release than the one before.
    other = Snapshot(second.checkpoint, Stamp(EX, 2, "b"), second.news)
    assert following(other, alone).news == alone.news


def test_news_are_kept_of_the_last_releases_alone() -> None:
    *_, last = _releases(*[Q] * 30)
    assert 1 < len(last.news) < 30
    assert last.news[-1].before.startswith("30-")


def test_of_too_much_or_unknown_nothing_is_told() -> None:
    touches = Touches("1")
    touches.note([Quad(NamedNode(f"{EX}{each}"), P.predicate, P.object) for each in range(MOST)])
    assert news_of(touches.told())
    touches.note([Quad(NamedNode(EX), P.predicate, P.object)])
    assert not news_of(touches.told())
    touches.note([P])
    assert not news_of(touches.told())


def test_what_is_told_is_what_was_noted() -> None:
    touches = Touches("7-x")
    touches.note([P, Quad(BlankNode("b"), NamedNode(EX + "q"), NamedNode(EX + "o"))])
    touches.note_graph(DefaultGraph())
    (news,) = news_of(touches.told())
    assert news.before == "7-x"
    assert news.touched.meets(frozenset({(EX + "s", EX + "p", None)}))
    assert news.touched.meets(frozenset({("_:", None, EX + "o")}))
    assert not news.touched.meets(frozenset({(EX + "s", EX + "q", None), ("_:graphs", None, None)}))
    touches.note_apart([Quad(P.subject, NamedNode(EX + "r"), P.object)], NamedNode(EX + "h"))
    (news,) = news_of(touches.told())
    assert news.touched.meets(frozenset({(EX + "h", None, EX + "r", None)}))
    assert not news.touched.meets(frozenset({(None, EX + "r", None)}))
    touches.note_graph(NamedNode(EX + "g"))
    (news,) = news_of(touches.told())
    assert news.touched.meets(frozenset({("_:graphs", None, None)}))
