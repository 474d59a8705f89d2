"""The pack as it is served: the figures of the two documents, counted plainly over /sparql.

A count says in its front matter what it is; where what is entailed changes it, ``entailed`` says
what it is then, and docs/model.md why.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from jalon.content.locate import find_pack
from jalon.store.snapshot import Snapshot
from web.service import Site, open_site

WITHOUT = {"entailed": ["false"]}
COUNTS = sorted((Path(__file__).parent / "counts").glob("*.rq"))
README = find_pack(None) / "README.md"


@pytest.fixture(scope="module")
def served(pack_snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(pack_snapshot, tmp_path_factory.mktemp("answers")) as site:
        yield site


def rows(response: httpx.Response) -> list[list[str]]:
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.text)))[1:]


def front_matter(path: Path) -> dict[str, list[list[str]]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return tomllib.loads("\n".join(line[3:] for line in lines if line.startswith("#+ ")))


@pytest.mark.parametrize("path", COUNTS, ids=lambda path: path.stem)
def test_count_over_what_is_shown_is_what_the_documents_say(served: Site, path: Path) -> None:
    answer = served.query(path.read_text(encoding="utf-8"), "text/csv", WITHOUT)
    assert sorted(rows(answer)) == sorted(front_matter(path)["expected"])


@pytest.mark.parametrize("path", COUNTS, ids=lambda path: path.stem)
def test_count_over_what_follows_too_is_the_same_or_as_documented(served: Site, path: Path) -> None:
    answer = served.query(path.read_text(encoding="utf-8"), "text/csv")
    said = front_matter(path)
    assert sorted(rows(answer)) == sorted(said.get("entailed", said["expected"]))


def test_pack_has_no_contradiction_and_a_useful_number_of_entailed_triples(
    served: Site, pack_snapshot: Snapshot
) -> None:
    stamp = pack_snapshot.stamp
    assert served.ask("GET", "/health/ready").json()["entailment"] == {
        "reasoner": "rules",
        "state": "complete",
        "triples": stamp.entailed,
        "contradictions": 0,
    }
    assert 0.1 < stamp.entailed / stamp.shown < 0.3


def test_first_query_of_the_readme_returns_the_33_measures(served: Site) -> None:
    match = re.search(r"--data-urlencode 'query=\n(.*?)'\n", README.read_text(), re.DOTALL)
    assert match is not None
    found = rows(
        served.ask("POST", "/sparql", data={"query": match[1]}, headers={"Accept": "text/csv"})
    )
    assert len(found) == 33
    assert found[0][0] == "1.1.1"
    assert found[-1] == [
        "3.3.5",
        "Improve information security in the education and higher education systems",
    ]
