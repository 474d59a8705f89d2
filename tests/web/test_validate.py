"""/validate over a small pack: what is taken, what comes back, in which form and language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, SH

from jalon.content.locate import find_pack
from jalon.content.pack import read_pack
from jalon.store.port import Limits
from jalon.store.snapshot import Snapshot
from jalon.validation.port import EngineName
from jalon.validation.translation import rdflib_graph
from jalon.web.app import BodyLimits
from web.service import Site, Tuning, open_site

DOCUMENTS = Path(__file__).with_name("documents")
WRONG = (DOCUMENTS / "wrong.ttl").read_bytes()
RIGHT = (DOCUMENTS / "right.ttl").read_bytes()
SHAPES = (DOCUMENTS / "shapes.ttl").read_bytes()
TURTLE = "text/turtle"
JSON = "application/json"
RDF = (TURTLE, "application/ld+json", "application/n-triples")
RULES = {"Measure-year-valid", "Measure-label-french", "Measure-owner-class"}


def post(
    site: Site, content: bytes, media_type: str = TURTLE, accept: str = "", **options: Any
) -> httpx.Response:
    headers = {"Content-Type": media_type, **options.pop("headers", {})}
    if accept:
        headers["Accept"] = accept
    return site.ask("POST", "/validate", content=content, headers=headers, **options)


def report(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def graph_of(response: httpx.Response) -> Graph:
    assert response.status_code == 200, response.text
    media_type = response.headers["content-type"].partition(";")[0]
    return rdflib_graph(parse(response.content, RdfFormat.from_media_type(media_type)))


def rules(document: Any) -> set[str]:
    return {result["rule"] for result in document["results"]}


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json", response.text
    return response.status_code, response.json()["code"]


def test_what_conforms_and_what_does_not_are_both_answered(site: Site) -> None:
    right = report(post(site, RIGHT, accept="application/json"))
    assert right["conforms"] is True
    assert right["results"] == []
    wrong = report(post(site, WRONG, accept="application/json"))
    assert wrong["conforms"] is False
    assert wrong["violations"] == 2
    assert wrong["counts"] == {"Violation": 2, "Warning": 1, "Info": 0}
    assert rules(wrong) == RULES


def test_json_says_what_is_wrong_with_which_value_of_which_thing(site: Site) -> None:
    results = report(post(site, WRONG, accept="application/json"))["results"]
    year = next(result for result in results if result["rule"] == "Measure-year-valid")
    assert year["focusNode"] == {"type": "uri", "value": "http://example.org/id/measure/m1"}
    assert year["path"] == "<http://example.org/def#year>"
    assert year["value"]["value"] == "soon"
    assert year["severity"] == "Violation"
    assert year["component"] == "DatatypeConstraintComponent"
    assert year["messages"]["en"].startswith("year: “soon” is not a valid value of type")
    assert year["messages"]["fr"].startswith("année : « soon » n'est pas une valeur valide")


@pytest.mark.parametrize("accept", ["", *RDF])
def test_rdf_carries_every_result_in_both_languages(site: Site, accept: str) -> None:
    graph = graph_of(post(site, WRONG, accept=accept))
    results = list(graph.objects(None, SH.result))
    assert {str(graph.value(result, DCTERMS.identifier)) for result in results} == RULES
    for result in results:
        texts = graph.objects(result, SH.resultMessage)
        assert {text.language for text in texts if isinstance(text, Literal)} == {"en", "fr"}
        assert isinstance(graph.value(result, SH.sourceShape), URIRef)


def test_text_is_in_the_language_that_the_client_prefers(site: Site) -> None:
    french = post(site, WRONG, accept="text/plain", headers={"Accept-Language": "fr-CA, en;q=0.5"})
    assert french.headers["content-language"] == "fr"
    assert french.headers["vary"] == "Accept, Accept-Language"
    assert "Erreurs : 2" in french.text
    assert "data.ttl:10:12: erreur [Measure-year-valid] année : « soon »" in french.text
    assert "Errors: 2" in post(site, WRONG, accept="text/plain").text
    asked = post(site, WRONG, accept="text/plain", params={"lang": "fr"})
    assert "Erreurs : 2" in asked.text


def test_an_unknown_language_or_format_is_refused(site: Site) -> None:
    assert problem(post(site, WRONG, params={"lang": "de"})) == (400, "bad-request")
    assert problem(post(site, WRONG, accept="image/png")) == (406, "not-acceptable")


def test_a_report_leads_to_the_place_in_the_file_by_the_name_that_was_sent(site: Site) -> None:
    files = {"data": ("measures.ttl", WRONG, TURTLE)}
    document = report(site.ask("POST", "/validate", files=files, headers={"Accept": JSON}))
    assert document["file"] == "measures.ttl"
    places = {each["rule"]: (each["line"], each["column"]) for each in document["results"]}
    assert places == {
        "Measure-year-valid": (10, 12),
        "Measure-owner-class": (9, 13),
        "Measure-label-french": (11, 5),
    }


def test_sarif_is_in_the_language_that_the_client_prefers(site: Site) -> None:
    french = {"Accept-Language": "fr-CA"}
    response = post(site, WRONG, accept="application/sarif+json", headers=french)
    assert response.headers["content-type"] == "application/sarif+json"
    assert response.headers["content-language"] == "fr"
    [run] = response.json()["runs"]
    assert {result["ruleId"] for result in run["results"]} == RULES
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (9, 13)
    assert {result["level"] for result in run["results"]} == {"error", "warning"}
    assert any("n'est pas" in result["message"]["text"] for result in run["results"])


def test_the_page_shows_what_is_wrong_by_rule_and_by_thing_with_the_places(site: Site) -> None:
    files = {"data": ("measures.ttl", WRONG, TURTLE)}
    headers = {"Accept": "text/html", "Accept-Language": "fr"}
    led = site.ask("POST", "/validate", files=files, headers=headers, params={"lang": "fr"})
    assert led.status_code == 307
    assert led.headers["location"] == "/fr/validate?lang=fr"
    page = site.ask("POST", "/fr/validate", files=files).text
    by_rule, _, by_thing = page.partition("Par élément")
    assert "<code>measures.ttl</code>" in by_rule
    assert all(by_rule.count(f">{rule}</") + by_rule.count(f"{rule} (") == 1 for rule in RULES)
    assert by_rule.index("Par règle") < by_rule.index("ligne 10, colonne 12")
    assert "ligne 10, colonne 12 ·" in " ".join(by_thing.split())
    numbers = re.findall(r'href="#(result-\d)"', by_rule)
    assert sorted(numbers) == sorted(re.findall(r'id="(result-\d)"', by_thing)) != []


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("same.*")), ids=lambda path: path.suffix)
def test_every_syntax_says_the_same(site: Site, path: Path) -> None:
    media_types = {
        ".ttl": "text/turtle; charset=utf-8",
        ".trig": "application/trig",
        ".nt": "application/n-triples",
        ".nq": "application/n-quads",
        ".jsonld": "application/ld+json",
        ".rdf": "application/rdf+xml",
    }
    response = post(site, path.read_bytes(), media_types[path.suffix], "application/json")
    assert rules(report(response)) == {"Measure-label-french"}
    [result] = report(response)["results"]
    place = (result["line"], result["column"])
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".rdf":
        assert place == (None, None)
    else:
        assert "label" in lines[place[0] - 1][place[1] - 1 :]


def test_both_engines_answer_alike(snapshot: Snapshot, tmp_path: Path) -> None:
    engines: tuple[EngineName, ...] = ("shacl", "pyshacl")
    answers = []
    for engine in engines:
        with open_site(snapshot, tmp_path, Tuning(engine=engine)) as site:
            answers.append(report(post(site, WRONG, accept="application/json")))
    assert answers[0] == answers[1]


def test_known_things_resolve_and_only_the_things_spoken_of_are_reported(site: Site) -> None:
    """The organisation that RIGHT names is described in the pack alone."""
    assert b"org:mcc" in RIGHT
    assert report(post(site, RIGHT, accept="application/json"))["conforms"] is True


def test_shapes_of_the_sender_stand_alone_with_their_data(site: Site) -> None:
    files = {
        "data": ("mine.ttl", RIGHT, TURTLE),
        "shapes": ("shapes.ttl", SHAPES, "application/octet-stream"),
    }
    response = site.ask("POST", "/validate", files=files, headers={"Accept": "application/json"})
    document = report(response)
    assert rules(document) == {"Measure-code"}
    assert document["results"][0]["messages"] == {
        "en": "Give the measure a code.",
        "fr": "d:code : moins de valeurs que le minimum de 1. Ajoutez ce qui manque.",
    }


@pytest.mark.parametrize(
    "files",
    [
        {"shapes": ("s.ttl", SHAPES, TURTLE)},
        {"data": ("d.ttl", RIGHT, TURTLE), "other": ("o.ttl", RIGHT, TURTLE)},
        {f"shapes{number}": ("s.ttl", SHAPES, TURTLE) for number in range(30)},
    ],
    ids=["no data", "a part of another name", "too many parts"],
)
def test_a_form_with_other_parts_is_refused(site: Site, files: dict[str, Any]) -> None:
    assert problem(site.ask("POST", "/validate", files=files)) == (400, "bad-request")


@pytest.mark.parametrize(
    ("boundary", "body"),
    [
        ("x", b"--x\r\nContent-Disposition: form-data; name=data\r\n\r\nhalf"),
        ("x", b"not a form at all"),
        ("", b"--\r\n"),
        ("x" * 300, b"--x--"),
    ],
)
def test_a_broken_form_is_refused(site: Site, boundary: str, body: bytes) -> None:
    response = post(site, body, f"multipart/form-data; boundary={boundary}")
    assert problem(response) == (400, "bad-request")


def test_what_is_not_rdf_is_refused_by_its_type(site: Site) -> None:
    refused = (415, "unsupported-media-type")
    assert problem(post(site, b"a,b", "text/csv")) == refused
    assert problem(post(site, RIGHT, headers={"Content-Encoding": "gzip"})) == refused
    assert problem(post(site, RIGHT, "text/turtle; charset=latin-1")) == (400, "bad-request")


def test_a_body_over_the_limit_is_refused_unread(snapshot: Snapshot, tmp_path: Path) -> None:
    with open_site(snapshot, tmp_path, Tuning(bodies=BodyLimits(upload=10_000))) as site:
        announced = post(site, RIGHT + b" " * 10_000)
        assert problem(announced) == (413, "request-too-large")

        async def endless() -> Any:
            while True:
                yield b" " * 1_000

        streamed = site.ask(
            "POST", "/validate", content=endless(), headers={"Content-Type": TURTLE}
        )
        assert problem(streamed) == (413, "request-too-large")


@pytest.mark.parametrize(
    ("graph", "status"),
    [
        ("graph/editorial", 200),
        ("http://example.org/graph/submitted/mcc", 200),
        ("graph/shapes", 400),
        ("http://elsewhere.example/graph/editorial", 400),
        ("graph/<x>", 400),
    ],
)
def test_data_is_for_a_graph_of_data(site: Site, graph: str, status: int) -> None:
    assert post(site, RIGHT, params={"graph": graph}).status_code == status


@pytest.mark.parametrize(
    ("name", "code", "place"),
    [
        ("broken.ttl", "rdf-syntax", (3, 13)),
        ("broken.jsonld", "rdf-syntax", (4, 1)),
        ("broken.rdf", "rdf-syntax", None),
        ("latin.ttl", "rdf-syntax", (2, 13)),
        ("empty.jsonld", "rdf-refused", None),
        ("remote.jsonld", "rdf-refused", None),
        ("other-graph.trig", "rdf-refused", None),
        ("triple-term.ttl", "rdf-refused", None),
        ("direction.ttl", "rdf-refused", None),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    site: Site, name: str, code: str, place: tuple[int, int] | None
) -> None:
    media_types = {
        ".ttl": TURTLE,
        ".trig": "application/trig",
        ".jsonld": "application/ld+json",
        ".rdf": "application/rdf+xml",
    }
    path = DOCUMENTS / name
    response = post(site, path.read_bytes(), media_types[path.suffix])
    assert problem(response) == (400, code)
    document = response.json()
    assert document["part"] == "data"
    assert (document.get("line"), document.get("column")) == (place or (None, None))
    assert document["localized"]["fr"]["detail"] != document["localized"]["en"]["detail"]


def test_refused_shapes_are_named(site: Site) -> None:
    misspelt = SHAPES.replace(b"sh:minCount", b"sh:minCountt")
    files = {"data": ("d.ttl", RIGHT, TURTLE), "shapes": ("s.ttl", misspelt, TURTLE)}
    response = site.ask("POST", "/validate", files=files)
    assert problem(response) == (400, "shapes-refused")
    document = response.json()
    assert document["shape"] == "http://example.org/mine#Measure-code"
    assert "sh:minCount" in document["detail"]


def test_other_methods_are_not_allowed(site: Site) -> None:
    response = site.ask("GET", "/validate")
    assert problem(response) == (405, "method-not-allowed")
    assert response.headers["allow"] == "OPTIONS, POST"
    assert site.ask("OPTIONS", "/validate").status_code == 204


def test_the_description_of_the_service_has_it(site: Site) -> None:
    post_of = site.ask("GET", "/openapi.json").json()["paths"]["/validate"]["post"]
    assert "multipart/form-data" in post_of["requestBody"]["content"]


@pytest.fixture(scope="module")
def of_the_pack(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the rules of our own pack; its index does not matter here."""
    folder = tmp_path_factory.mktemp("pack")
    pack = read_pack(find_pack(None))
    quads = folder / "pack.nq"
    quads.write_bytes(pack.nquads())
    tuning = Tuning(Limits(seconds=60), pack=quads, base=pack.manifest.base)
    with open_site(snapshot, folder, tuning) as site:
        yield site


FAULTS = {
    "Thing-startYear-fourDigits",
    "Labelled-label-french",
    "Allocation-currency-single",
    "Part-partOf-noCycle",
    # A whole that is its own part is no plan and no objective either.
    "Measure-partOf-class",
}


def test_four_faults_of_one_submission_are_told_in_every_form(of_the_pack: Site) -> None:
    faulty = (DOCUMENTS / "four-faults.ttl").read_bytes()
    document = report(post(of_the_pack, faulty, accept="application/json"))
    assert rules(document) == FAULTS
    assert all({"en", "fr"} <= set(result["messages"]) for result in document["results"])
    for accept in RDF:
        graph = graph_of(post(of_the_pack, faulty, accept=accept))
        assert {str(rule) for rule in graph.objects(None, DCTERMS.identifier)} == FAULTS
        messages = list(graph.objects(None, SH.resultMessage))
        languages = [text.language for text in messages if isinstance(text, Literal)]
        assert languages.count("en") == languages.count("fr") == len(document["results"])
    french = {"Accept-Language": "fr"}
    text = post(of_the_pack, faulty, accept="text/plain", headers=french).text
    assert all(rule in text for rule in FAULTS)
    assert "Une affectation a deux" in " ".join(text.split())


def test_the_pack_itself_is_posted_without_complaint(of_the_pack: Site) -> None:
    path = find_pack(None) / "data" / "source" / "dap-overview" / "schedule.ttl"
    response = post(
        of_the_pack,
        path.read_bytes(),
        accept="application/json",
        params={"graph": "graph/source/dap-overview"},
    )
    assert report(response)["conforms"] is True
