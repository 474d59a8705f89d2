"""Kept answers over releases: they stay where nothing concerns them, and are never old."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pyoxigraph import QueryResultsFormat, QuerySolutions, Store

from web.released import (
    BASE,
    DEF,
    LABEL,
    MEASURE,
    NEW,
    SOURCE,
    SUBMITTED,
    A,
    Released,
    line,
    open_released,
)

JSON = "application/sparql-results+json"
NOTE = f"<{BASE}id/note/title>"
OTHER = f"<{BASE}id/organisation/library>"
NAMES = f"SELECT ?name {{ {MEASURE} {LABEL} ?name }}"
QUERIES = (
    NAMES,
    f"SELECT ?graph ?name {{ GRAPH ?graph {{ {MEASURE} {LABEL} ?name }} }}",
    f"SELECT ?graph {{ GRAPH ?graph {{ OPTIONAL {{ ?s <{BASE}none> ?o }} }} }}",
    f"SELECT ?thing {{ ?thing {A} <{DEF}Measure> }}",
    f"SELECT ?thing {{ ?thing <{DEF}partOf>+ ?whole }}",
    f"SELECT (COUNT(?thing) AS ?count) {{ ?thing {LABEL} ?name }}",
    f"SELECT ?thing {{ ?thing {A} <{DEF}Note> FILTER NOT EXISTS {{ ?thing {LABEL} ?name }} }}",
    f"SELECT ?property ?value {{ {OTHER} ?property ?value }}",
    f"SELECT ?note ?whom {{ ?note <{DEF}about> ?whom }}",
)
STEPS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    ((line(OTHER, f"<{BASE}p>", '"1"'),), ()),
    ((line(NEW, LABEL, '"Lend seeds"@en'), line(NEW, A, f"<{DEF}Measure>")), ()),
    ((line(NEW, f"<{BASE}p>", '"2"', "submitted/new"),), ()),
    # The stated name gives way, which no triple of the change says.
    (
        (
            line(NOTE, f"<{DEF}about>", MEASURE, SUBMITTED),
            line(NOTE, f"<{DEF}aboutProperty>", LABEL, SUBMITTED),
            line(NOTE, f"<{DEF}supersedes>", f"<{BASE}graph/{SOURCE}>", SUBMITTED),
        ),
        (),
    ),
    ((), (line(NOTE, f"<{DEF}supersedes>", f"<{BASE}graph/{SOURCE}>", SUBMITTED),)),
    ((), (line(NEW, f"<{BASE}p>", '"2"', "submitted/new"),)),
    ((line(NEW, f"<{DEF}partOf>", MEASURE),), (line(NEW, LABEL, '"Lend seeds"@en'),)),
)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Released]:
    with open_released(tmp_path) as released:
        yield released


def _asked(opened: Released, text: str) -> list[str]:
    answer = opened.get(f"/sparql?{urlencode({'query': text})}", JSON)
    assert answer.status_code == 200, answer.text
    assert answer.headers["jalon-release"] == str(opened.publisher.current.stamp.number)
    return _rows(answer.content)


def _computed(opened: Released, text: str) -> list[str]:
    solutions = Store.read_only(str(opened.publisher.current.checkpoint)).query(text)
    assert isinstance(solutions, QuerySolutions)
    return _rows(solutions.serialize(format=QueryResultsFormat.JSON) or b"")


def _rows(written: bytes) -> list[str]:
    rows = json.loads(written)["results"]["bindings"]
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def test_after_each_commit_every_answer_is_that_of_the_newest_release(opened: Released) -> None:
    for text in QUERIES:
        _asked(opened, text)
    for adds, removes in STEPS:
        assert opened.commit(adds, removes).added + len(removes)
        for text in QUERIES:
            assert _asked(opened, text) == _computed(opened, text), (adds, removes, text)
    state = opened.site.store.cache_state
    assert len(STEPS) < state.hits < len(STEPS) * len(QUERIES)
    assert state.hits + state.misses == (len(STEPS) + 1) * len(QUERIES)


def test_who_polls_hears_of_nothing_until_something_concerns_the_answer(opened: Released) -> None:
    path = f"/sparql?{urlencode({'query': NAMES})}"
    first = opened.get(path, JSON)
    tag = {"If-None-Match": first.headers["etag"]}
    opened.commit(*STEPS[0])
    again = opened.get(path, JSON, **tag)
    assert (again.status_code, again.headers["jalon-release"]) == (304, "2")
    assert opened.get(path, JSON).content == first.content
    opened.commit(*STEPS[3])
    changed = opened.get(path, JSON, **tag)
    assert (changed.status_code, changed.headers["jalon-release"]) == (200, "3")
    assert changed.headers["etag"] != first.headers["etag"]
    # What was asked of an earlier release is as it was.
    assert _rows(opened.get(f"{path}&release=1", JSON).content) == _rows(first.content)


def test_an_answer_goes_over_several_releases_that_nobody_asked(opened: Released) -> None:
    _asked(opened, NAMES)
    for adds, removes in STEPS[:3]:
        opened.commit(adds, removes)
    assert _asked(opened, NAMES) == _computed(opened, NAMES)
    assert opened.site.store.cache_state.hits == 1
