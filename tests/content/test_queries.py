"""Every saved question by its cases: ``cases/queries/<id>/<case>/{params.json, expected.csv}``.

A case is asked of the pack's own data, or of its ``data.trig`` where it has one. What is expected
was checked against the documents; ``pytest --accept`` writes it anew, to be reviewed as a diff.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from jalon.content.locate import find_pack
from jalon.content.pack import Pack, read_pack
from jalon.content.questions import SavedQuestion
from jalon.services.saved import SavedQuestions, open_questions
from jalon.store.shown import shown
from jalon.store.tokens import Token, tokens

FOLDER = Path(__file__).parent.parent / "cases" / "queries"
CASES = sorted(FOLDER.glob("*/*"))
QUESTION_IDS = sorted(path.stem for path in (find_pack(None) / "queries").rglob("*.rq"))
LEAST = 30
Row = list[str]


@cache
def pack() -> Pack:
    return read_pack(find_pack(None))


@cache
def questions() -> SavedQuestions:
    return open_questions(pack(), lambda: date(2026, 11, 21))


@cache
def pack_store() -> ox.Store:
    return store_of(ox.parse(pack().nquads(), ox.RdfFormat.N_QUADS))


def store_of(quads: Iterable[ox.Quad]) -> ox.Store:
    """As it is served: each named graph, and the shown graph without a name."""
    asserted = list(quads)
    store = ox.Store()
    store.extend(asserted)
    store.extend(ox.Quad(*triple) for triple in shown(asserted, pack().manifest.base))
    return store


def asked(store: ox.Store, question: SavedQuestion, given: dict[str, str]) -> list[Row]:
    text = questions().bind(question, list(given.items()))
    found = store.query(text, default_graph=[ox.DefaultGraph()])
    assert isinstance(found, ox.QuerySolutions)
    written = found.serialize(format=ox.QueryResultsFormat.CSV)
    assert written is not None
    return list(csv.reader(io.StringIO(written.decode("utf-8"), newline="")))


def answer_of(case: Path) -> list[Row]:
    own = case / "data.trig"
    store = store_of(ox.parse(path=own)) if own.is_file() else pack_store()
    given = json.loads((case / "params.json").read_text(encoding="utf-8"))
    return asked(store, questions().get(case.parent.name), given)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_question_case(case: Path, pytestconfig: pytest.Config) -> None:
    found = answer_of(case)
    path = case / "expected.csv"
    if pytestconfig.getoption("accept"):
        with path.open("w", encoding="utf-8", newline="") as written:
            csv.writer(written, lineterminator="\n").writerows(found)
    with path.open(encoding="utf-8", newline="") as expected:
        assert found == list(csv.reader(expected))
    assert found[0] == list(questions().get(case.parent.name).columns)


def test_there_are_questions_enough_for_each_kind_of_user() -> None:
    audiences = [question.audience for question in questions().all()]
    assert len(audiences) >= LEAST
    for audience in ("researcher", "reporting-tool", "data-steward"):
        assert audiences.count(audience) >= LEAST / 3


@pytest.mark.parametrize("question_id", QUESTION_IDS)
def test_every_question_has_a_case_with_an_answer(question_id: str) -> None:
    """On the pack's own data, or on data of its own where the question says why there is none."""
    question = questions().get(question_id)
    own = [case for case in CASES if case.parent.name == question_id]
    on_pack = [case for case in own if not (case / "data.trig").is_file()]
    assert on_pack, "no case on the pack's own data"
    filled = [case for case in own if len(answer_of(case)) > 1]
    if question.empty is None:
        assert set(filled) >= set(on_pack)
    else:
        assert filled
        assert not set(filled) & set(on_pack)


def test_every_case_is_of_a_question() -> None:
    assert {case.parent.name for case in CASES} == set(QUESTION_IDS)


@pytest.mark.parametrize("question_id", QUESTION_IDS)
def test_language_changes_no_more_than_the_labels(question_id: str) -> None:
    question = questions().get(question_id)
    languages = [each for each in question.parameters if each.type == "lang"]
    if not languages or question_id == "language-coverage":
        return
    [parameter] = languages
    counts = {
        language: len(asked(pack_store(), question, {parameter.name: language}))
        for language in questions().languages
    }
    assert len(set(counts.values())) == 1, counts


@pytest.mark.parametrize("question_id", QUESTION_IDS)
def test_rows_have_a_total_order(question_id: str) -> None:
    """Rows that agree on all that they are ordered by would come in any order."""
    question = questions().get(question_id)
    keys = re.findall(r"\?(\w+)", question.text.rpartition("ORDER BY")[2])
    text = questions().bind(question, [])
    hidden = "".join(f" ?{key}" for key in keys if key not in question.columns)
    text = re.sub(r"^SELECT .*", lambda head: head[0] + hidden, text, count=1, flags=re.MULTILINE)
    found = pack_store().query(text, default_graph=[ox.DefaultGraph()])
    assert isinstance(found, ox.QuerySolutions)
    ordered_by = [tuple(str(row[key]) for key in keys) for row in found]
    assert len(set(ordered_by)) == len(ordered_by)


PLAIN_WORDS = frozenset({"a", "true", "false"})
PATHS = frozenset("/|^+*")


@pytest.mark.parametrize("question_id", QUESTION_IDS)
def test_keywords_are_in_capitals_and_variables_in_lower_camel(question_id: str) -> None:
    for token in tokens(questions().get(question_id).text):
        if token.kind == "word":
            assert token.text.isupper() or token.text in PLAIN_WORDS
        if token.kind == "variable":
            assert re.fullmatch(r"\?[a-z][A-Za-z0-9]*", token.text)


@pytest.mark.parametrize("question_id", QUESTION_IDS)
def test_no_property_path_is_under_not_exists(question_id: str) -> None:
    """Measured: such a path is walked again for every row, 15 to 60 seconds on small data."""
    found = tuple(tokens(questions().get(question_id).text))
    assert not [token for token in under_not_exists(found) if token.text in PATHS]


def under_not_exists(found: tuple[Token, ...]) -> Iterator[Token]:
    depth = 0
    for place, token in enumerate(found):
        words = [each.text for each in found[max(place - 2, 0) : place]]
        if token.text == "{" and (depth or words == ["NOT", "EXISTS"]):
            depth += 1
        elif token.text == "}" and depth:
            depth -= 1
        elif depth:
            yield token
