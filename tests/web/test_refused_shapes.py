"""Shapes that somebody sends along: refused with their names, or stopped, whichever the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from jalon.store.port import MEGABYTE, Limits
from jalon.store.snapshot import Snapshot
from jalon.validation.port import EngineName
from web.service import Site, Tuning, open_site

REFUSED = Path(__file__).parents[1] / "unit" / "validation" / "refused"
VARIANTS = {path.name.split(".")[0]: path for path in sorted(REFUSED.glob("*.ttl"), reverse=True)}
"""One file for each reason that there is; tests/unit tries them all."""

ENGINES: tuple[EngineName, ...] = ("shacl", "pyshacl")
LANGUAGES = {"shacl": "en", "pyshacl": "fr"}
TURTLE = "text/turtle"
DATA = b'<http://example.org/thing> <http://example.org/p> "%s" ; a <http://example.org/C> .'
MANY = 100_000
PREFIXES = b"PREFIX ex: <http://example.org/> PREFIX sh: <http://www.w3.org/ns/shacl#> "
RULE = PREFIXES + b"ex:S a sh:NodeShape ; sh:targetNode ex:thing ; sh:property ex:S-p . "
PROPERTY = RULE + b"ex:S-p sh:path ex:p ; "
CHAIN = b"".join(b"_:n%d sh:node _:n%d . " % (place, place + 1) for place in range(MANY))
PATHS = b"".join(
    b"_:n%d sh:inversePath _:n%d . " % (place, place + 1) for place in range(MANY // 5)
)


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> EngineName:
    name: EngineName = request.param
    return name


@pytest.fixture(scope="module")
def site(
    engine: EngineName, snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    limits = Limits(seconds=60, memory_bytes=1024 * MEGABYTE)
    folder = tmp_path_factory.mktemp(engine)
    with open_site(snapshot, folder, Tuning(limits, engine=engine)) as opened:
        yield opened


@pytest.fixture(scope="module")
def default(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """For what no engine gets to see, and what takes long to read."""
    limits = Limits(seconds=60, memory_bytes=1024 * MEGABYTE)
    with open_site(snapshot, tmp_path_factory.mktemp("default"), Tuning(limits)) as opened:
        yield opened


@pytest.fixture
def hurried(engine: EngineName, snapshot: Snapshot, tmp_path: Path) -> Iterator[Site]:
    """For what takes for ever: its deadline comes soon."""
    with open_site(snapshot, tmp_path, Tuning(Limits(seconds=5), engine=engine)) as opened:
        yield opened


def post(
    site: Site, shapes: bytes, data: bytes = DATA % b"a", language: str = ""
) -> httpx.Response:
    files = {"data": ("d.ttl", data, TURTLE), "shapes": ("s.ttl", shapes, TURTLE)}
    headers = {"Accept": "application/json", **({"Accept-Language": language} if language else {})}
    return site.ask("POST", "/validate", files=files, headers=headers)


def refusal(response: httpx.Response) -> str:
    assert response.status_code == 400, response.text
    found = response.json()
    assert found["code"] == "shapes-refused"
    return str(found["detail"])


@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_every_refusal_comes_before_the_engine_and_names_the_shape(
    site: Site, engine: EngineName, variant: str
) -> None:
    """In one language with each engine; the unit tests hold the two against each other."""
    response = post(site, VARIANTS[variant].read_bytes(), language=LANGUAGES[engine])
    assert response.headers["content-language"] == LANGUAGES[engine]
    said = refusal(response)
    assert variant == "empty" or "http://example.org/S" in said


@pytest.mark.parametrize(
    ("links", "start", "limit"),
    [(CHAIN, b"sh:node _:n0 . ", "50"), (PATHS, b"sh:minCount 1 . ex:S-q sh:path _:n0 . ", "50")],
    ids=["shapes", "paths"],
)
def test_nesting_without_end_is_refused_by_the_shape_that_has_it(
    default: Site, links: bytes, start: bytes, limit: str
) -> None:
    said = refusal(post(default, PROPERTY + start + links))
    assert "http://example.org/S" in said
    assert limit in said


def test_brackets_without_end_are_refused_or_kill_their_process_alone(default: Site) -> None:
    nested = PROPERTY + b"sh:node " + b"[ sh:node " * MANY + b"ex:S-q" + b" ]" * MANY + b" ."
    response = post(default, nested)
    assert response.status_code == 400
    assert response.json()["code"] in {"validation-too-complex", "rdf-syntax", "shapes-refused"}
    assert post(default, PROPERTY + b"sh:minCount 1 .").json()["conforms"] is True


def test_a_list_may_be_long(site: Site) -> None:
    items = b" ".join(b"%d" % number for number in range(5_000))
    found = post(site, PROPERTY + b"sh:in ( %s ) ." % items).json()
    assert [result["component"] for result in found["results"]] == ["InConstraintComponent"]


def test_a_list_without_its_end_is_refused(site: Site) -> None:
    cells = b"PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> " + PROPERTY
    said = refusal(post(site, cells + b"sh:in _:n0 . _:n0 rdf:first 1 ."))
    assert "http://example.org/S-p" in said


def test_a_path_through_long_data_ends(site: Site) -> None:
    data = b"PREFIX ex: <http://example.org/> ex:thing ex:p ex:n0 . " + b"".join(
        b"ex:n%d ex:p ex:n%d . " % (place, place + 1) for place in range(2_000)
    )
    found = post(
        site, RULE + b"ex:S-p sh:path [ sh:zeroOrMorePath ex:p ] ; sh:maxCount 2000 .", data
    )
    assert found.json()["conforms"] is False


def test_a_pattern_that_takes_for_ever_is_stopped(hurried: Site, engine: EngineName) -> None:
    """Nothing tells that it would; the default engine reads any pattern in linear time."""
    response = post(hurried, PROPERTY + b'sh:pattern "^(a|aa)+$" .', DATA % (b"a" * 60 + b"!"))
    if engine == "shacl":
        assert response.json()["conforms"] is False
    else:
        assert (response.status_code, response.json()["code"]) == (503, "validation-timeout")
    assert post(hurried, PROPERTY + b"sh:minCount 1 .").json()["conforms"] is True
