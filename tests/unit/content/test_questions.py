"""Saved questions as values: what is read from a file, and where a file is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from jalon.content.questions import SavedQuestion, read_question
from jalon.errors import FileUnreadable, QuestionInvalid

HEAD = """\
#+ id = "plans"
#+ title = {en = "Plans", fr = "Plans"}
#+ question = {en = "Which plans?", fr = "Quels plans ?"}
#+ columns = ["plan"]
#+ since = "1.0.0"
"""
PLAIN = "SELECT ?plan\nWHERE { ?plan a ?kind }\nORDER BY ?plan\nLIMIT 10\n"
ASKING = PLAIN.replace("{ ", "{\n  #@ params\n  ", 1)
KIND = '#+ params.kind = {type = "iri", class = "owl:Class", title = {en = "Kind", fr = "Sorte"}}\n'


def read(folder: Path, text: str) -> SavedQuestion:
    path = folder / "plans.rq"
    path.write_text(text, encoding="utf-8")
    return read_question(path, "queries/plans.rq")


def test_a_question_has_what_its_file_says(tmp_path: Path) -> None:
    question = read(tmp_path, f"{HEAD}#+ entailment = false\n{KIND}{ASKING}")
    assert question.id == "plans"
    assert question.question["fr"] == "Quels plans ?"
    assert question.columns == ("plan",)
    assert question.entailment is False
    [parameter] = question.parameters
    assert (parameter.name, parameter.type, parameter.of_class) == ("kind", "iri", "owl:Class")
    assert parameter.default is None
    assert not parameter.takes_any


def test_what_a_file_leaves_out_has_the_usual_value(tmp_path: Path) -> None:
    question = read(tmp_path, HEAD + PLAIN)
    assert question.parameters == ()
    assert question.entailment is True
    assert question.audience is None
    assert question.empty is None


def test_a_question_cannot_be_changed(tmp_path: Path) -> None:
    question = read(tmp_path, HEAD + PLAIN)
    with pytest.raises(dataclasses.FrozenInstanceError):
        question.id = "other"  # type: ignore[misc]


def test_an_integer_default_is_as_a_caller_would_write_it(tmp_path: Path) -> None:
    kind = '#+ params.kind = {type = "integer", default = 30, title = {en = "K", fr = "S"}}\n'
    [parameter] = read(tmp_path, HEAD + kind + ASKING).parameters
    assert parameter.default == "30"


def test_a_row_stands_at_every_mark_and_nowhere_else(tmp_path: Path) -> None:
    twice = ASKING.replace(
        "  #@ params\n", "  #@ params\n  { #@ params of nothing\n  }\n#@ params\n"
    )
    question = read(tmp_path, HEAD + KIND + twice)
    row = r"VALUES (?kind) { (<http://example.org/\1>) }"
    assert question.with_row(row).count(row) == 2
    assert "#@ params of nothing" in question.with_row(row)


@pytest.mark.parametrize(
    ("wrong", "line", "key"),
    [
        (HEAD + '#+ colour = "red"\n' + PLAIN, 6, "colour"),
        (HEAD.replace('"plans"', '"other"') + PLAIN, 1, "id"),
        (HEAD.replace('"1.0.0"', "1.0") + PLAIN, 5, "since"),
        (HEAD.replace('["plan"]', "[]") + PLAIN, 4, "columns"),
        (HEAD.replace('["plan"]', '["plan", "plan"]') + PLAIN, 4, "columns"),
        (HEAD.replace(', fr = "Plans"', "") + PLAIN, 2, "title"),
        (HEAD.replace('"Quels plans ?"', '" "') + PLAIN, 3, "question"),
        (HEAD + '#+ entailment = "no"\n' + PLAIN, 6, "entailment"),
        (HEAD + '#+ audience = "citizen"\n' + PLAIN, 6, "audience"),
        (HEAD + '#+ params = "plan"\n' + PLAIN, 6, "params"),
        (HEAD + KIND + PLAIN, 1, "#@ params"),
        (HEAD + ASKING, 1, "#@ params"),
        (HEAD + KIND.replace("kind", "Kind") + ASKING, 6, "params.Kind"),
        (HEAD + KIND.replace("kind", "colour") + ASKING, 6, "params.colour"),
        (HEAD + KIND.replace('"iri"', '"url"') + ASKING, 6, "params.kind"),
        (HEAD + KIND.replace('"iri"', '"text"') + ASKING, 6, "params.kind"),
        (HEAD + KIND.replace("title", "label") + ASKING, 6, "params.kind"),
        (HEAD + KIND.replace("class =", 'values = ["a"], class =') + ASKING, 6, "params.kind"),
        (HEAD + KIND.replace("class =", 'default = "", class =') + ASKING, 6, "params.kind"),
    ],
)
def test_a_wrong_file_is_refused_with_line_and_key(
    tmp_path: Path, wrong: str, line: int, key: str
) -> None:
    with pytest.raises(QuestionInvalid) as refused:
        read(tmp_path, wrong)
    assert refused.value.details == {"file": "queries/plans.rq", "line": line, "key": key}
    for language in ("en", "fr"):
        assert key in refused.value.detail(language)


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        ("integer", '"30"'),
        ("integer", "true"),
        ("date", '"2026-02-30"'),
        ("date", '"20261121"'),
        ("lang", '"English"'),
        ("text", "1"),
        ("enum", '"c"'),
    ],
)
def test_a_default_of_another_type_is_refused(tmp_path: Path, kind: str, default: str) -> None:
    values = 'values = ["a", "b"], ' if kind == "enum" else ""
    written = f'{{type = "{kind}", {values}default = {default}, title = {{en = "K", fr = "S"}}}}'
    with pytest.raises(QuestionInvalid) as refused:
        read(tmp_path, f"{HEAD}#+ params.kind = {written}\n{ASKING}")
    assert refused.value.details["key"] == "params.kind"


def test_front_matter_that_is_no_toml_is_unreadable_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable) as unreadable:
        read(tmp_path, HEAD + "#+ columns = [\n" + PLAIN)
    assert unreadable.value.details["file"] == "queries/plans.rq"
    assert int(unreadable.value.details["line"]) >= 6
