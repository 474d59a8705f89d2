"""/queries: what callers give becomes terms, and answers are the same in every format."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jalon.content.locate import find_pack
from jalon.content.pack import read_pack
from jalon.content.questions import read_question
from jalon.services.saved import MAX_CHARACTERS, SavedQuestions, open_questions
from jalon.store.snapshot import Snapshot
from web.service import TODAY, Site, Tuning, open_site

QUESTION_IDS = sorted(path.stem for path in (find_pack(None) / "queries").rglob("*.rq"))
CASES = Path(__file__).parents[1] / "cases" / "queries"
XSD = "http://www.w3.org/2001/XMLSchema#"
Term = dict[str, str]

HOSTILE = [
    '"} DROP ALL #',
    '" . } } ; DROP GRAPH <https://w3id.org/jalon/graph/editorial> #',
    "') } UNION { ?s ?p ?o } #",
    "}\nSELECT * WHERE { ?s ?p ?o }",
    "line\r\nline\ttab",
    "#@ params",
    "\\",
    '\\"',
    "\\u0022 } UNION { ?s ?p ?o } #",
    "\\\\u0022 } \\U00000022",
    '"""\'\'\'"""',
    "{0} {thing} %s ?words $lang",
    "<https://w3id.org/jalon/id/plan/qdcp>",
    "\x00\x01\x7f",
    "é 😀 \u2028 \u202e",
    "",
    " ",
    "*",
    "$today",
]


@pytest.fixture(scope="module")
def echoing(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    question = read_question(Path(__file__).with_name("echo.rq"), "echo.rq")
    base = "http://example.org/"
    saved = SavedQuestions({"echo": question}, base, {"ex": base}, ("en", "fr"), lambda: TODAY)
    with open_site(snapshot, tmp_path_factory.mktemp("answers"), Tuning(saved=saved)) as site:
        yield site


@pytest.fixture(scope="module")
def served(pack_snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    saved = open_questions(read_pack(find_pack(None)), lambda: TODAY)
    folder = tmp_path_factory.mktemp("answers")
    with open_site(pack_snapshot, folder, Tuning(saved=saved)) as site:
        yield site


def bound(site: Site, **given: str) -> dict[str, Term]:
    """The one row of the echo."""
    answer = site.ask("GET", "/queries/echo", params={"words": "-", **given})
    assert answer.status_code == 200, answer.text
    [row] = answer.json()["results"]["bindings"]
    return dict(row)


def refused(site: Site, query: str) -> dict[str, object]:
    answer = site.ask("GET", f"/queries/echo?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, object] = answer.json()
    assert document["code"] == "parameter-invalid"
    return document


@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_text_stays_one_literal(echoing: Site, words: str) -> None:
    assert bound(echoing, words=words)["words"] == {"type": "literal", "value": words}


def test_a_long_text_is_a_literal_up_to_its_limit_and_refused_beyond(echoing: Site) -> None:
    longest = '"}' * (MAX_CHARACTERS // 2)
    assert bound(echoing, words=longest)["words"]["value"] == longest
    document = refused(echoing, f"words={'x' * 10_000}")
    assert document["parameter"] == "words"


def test_each_value_is_a_term_of_its_type(echoing: Site) -> None:
    row = bound(echoing, day="2019-04-17", number="-042", lang="FR", colour="blue")
    assert row["day"] == {"type": "literal", "value": "2019-04-17", "datatype": f"{XSD}date"}
    assert row["number"] == {"type": "literal", "value": "-42", "datatype": f"{XSD}integer"}
    assert row["lang"] == {"type": "literal", "value": "fr"}
    assert row["colour"] == {"type": "literal", "value": "blue"}


def test_defaults_stand_in_for_what_is_not_given(echoing: Site) -> None:
    row = bound(echoing)
    assert "thing" not in row
    assert row["day"]["value"] == TODAY.isoformat()
    assert row["number"]["value"] == "7"


@pytest.mark.parametrize(
    ("written", "iri"),
    [
        ("plan/qdcp", "http://example.org/id/plan/qdcp"),
        ("ex:plan", "http://example.org/plan"),
        ("http://example.org/é", "http://example.org/é"),
        ("urn:isbn:0", "urn:isbn:0"),
        ("http://example.org/%20%22", "http://example.org/%20%22"),
    ],
)
def test_an_iri_may_be_absolute_prefixed_or_local(echoing: Site, written: str, iri: str) -> None:
    assert bound(echoing, thing=written)["thing"] == {"type": "uri", "value": iri}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "words"),
        ("words=a&words=b", "words"),
        ("words=a&colour=green", "colour"),
        ("words=a&colour=", "colour"),
        ("words=a&lang=de", "lang"),
        ("words=a&lang=en%22@fr", "lang"),
        ("words=a&number=1.5", "number"),
        ("words=a&number=%EF%BC%91", "number"),
        ("words=a&number=1234567890123456789", "number"),
        ("words=a&day=2026-02-30", "day"),
        ("words=a&day=2026-1-1", "day"),
        ("words=a&day=$today", "day"),
        ("words=a&thing=http://example.org/a%20b", "thing"),
        ("words=a&thing=http://example.org/%3E%20%7D", "thing"),
        ("words=a&thing=http://example.org/%5Cu003E", "thing"),
        ("words=a&thing=%3Chttp://example.org/%3E", "thing"),
        ("words=a&thing=ex:%22%7D", "thing"),
        ("words=a&thing=../../etc", "thing"),
        ("words=a&thing=plan", "thing"),
        ("words=a&thing=", "thing"),
        ("words=a&thing=http:", "thing"),
        ("words=a&%22%7D=b", '"}'),
        ("words=a&Words=b", "Words"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(
    echoing: Site, query: str, parameter: str
) -> None:
    document = refused(echoing, query)
    assert document["parameter"] == parameter
    localized = document["localized"]
    assert isinstance(localized, dict)
    for language in ("en", "fr"):
        assert parameter in localized[language]["detail"]


def test_a_query_string_that_is_not_utf_8_is_refused(echoing: Site) -> None:
    answer = echoing.ask("GET", "/queries/echo?words=%FF")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


@pytest.mark.parametrize("question_id", QUESTION_IDS)
def test_every_question_has_its_expected_rows_as_json_and_as_csv(
    served: Site, question_id: str
) -> None:
    """Asked of what follows, too, where the question takes that: its cases know of none."""
    as_json = served.ask("GET", f"/queries/{question_id}.json")
    as_csv = served.ask("GET", f"/queries/{question_id}", headers={"Accept": "text/csv"})
    for answer in (as_json, as_csv):
        assert answer.status_code == 200, answer.text
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["vary"] == "Accept"
    document = as_json.json()
    head = document["head"]["vars"]
    rows = [
        [row.get(name, {"value": ""})["value"] for name in head]
        for row in document["results"]["bindings"]
    ]
    expected = (CASES / question_id / "pack" / "expected.csv").read_text(encoding="utf-8")
    assert [head, *rows] == list(csv.reader(io.StringIO(expected, newline="")))
    assert [head, *rows] == list(csv.reader(io.StringIO(as_csv.text, newline="")))


def test_a_suffix_names_a_format_whatever_is_accepted(served: Site) -> None:
    for suffix, media_type in (
        ("csv", "text/csv; charset=utf-8"),
        ("tsv", "text/tab-separated-values; charset=utf-8"),
        ("xml", "application/sparql-results+xml"),
    ):
        answer = served.ask(
            "GET", f"/queries/plans.{suffix}", headers={"Accept": "application/json"}
        )
        assert answer.headers["content-type"] == media_type


@pytest.mark.parametrize("name", ["nothing", "plans.pdf", "nothing.csv", "plans.", "%22%7D"])
def test_an_unknown_question_is_a_problem_document(served: Site, name: str) -> None:
    answer = served.ask("GET", f"/queries/{name}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "question-unknown"
    assert answer.json()["localized"]["fr"]["detail"]


def test_no_acceptable_format_is_a_problem_document(served: Site) -> None:
    for path in ("/queries", "/queries/plans"):
        answer = served.ask("GET", path, headers={"Accept": "image/png"})
        assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")


def test_the_list_says_what_each_question_is_and_takes(served: Site) -> None:
    listed = served.ask("GET", "/queries").json()["questions"]
    assert [each["id"] for each in listed] == QUESTION_IDS
    budgets = next(each for each in listed if each["id"] == "budgets")
    assert budgets["path"] == "/queries/budgets"
    assert budgets["audience"] == "reporting-tool"
    assert [each["name"] for each in budgets["parameters"]] == ["plan", "lang"]
    assert budgets["parameters"][0]["default"] == "plan/dap-2018-2023"
    assert not budgets["parameters"][0]["required"]


def test_the_list_as_csv_has_a_line_a_question(served: Site) -> None:
    answer = served.ask("GET", "/queries", headers={"Accept": "text/csv"})
    head, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert [row[head.index("id")] for row in rows] == QUESTION_IDS
    assert all(row[head.index("question_fr")] for row in rows)


def test_head_and_options_are_answered(served: Site) -> None:
    for path in ("/queries", "/queries/plans.csv"):
        head, whole = served.ask("HEAD", path), served.ask("GET", path)
        assert head.content == b""
        assert head.headers["content-length"] == whole.headers["content-length"]
        preflight = served.ask("OPTIONS", path)
        assert preflight.headers["allow"] == "GET, HEAD, OPTIONS"
        assert served.ask("DELETE", path).status_code == 405


def test_an_answer_has_a_tag_and_a_release_that_can_be_asked(served: Site) -> None:
    first = served.ask("GET", "/queries/plans.csv")
    number = first.headers["jalon-release"]
    again = served.ask("GET", "/queries/plans.csv", params={"release": number})
    assert again.content == first.content
    held = {"If-None-Match": first.headers["etag"]}
    assert served.ask("GET", "/queries/plans.csv", headers=held).status_code == 304
    assert served.ask("GET", "/queries/plans.json", headers=held).status_code == 200
    other = served.ask("GET", "/queries/plans", params={"release": "99"})
    assert (other.status_code, other.json()["code"]) == (404, "release-unknown")


def test_the_api_description_names_both_paths(served: Site) -> None:
    described = served.ask("GET", "/openapi.json").json()
    assert json.dumps(described["paths"]["/queries/{name}"]).count("askQuery") == 1
    assert "/queries" in described["paths"]
