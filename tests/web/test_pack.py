"""The pack as it is served: the figures of the two documents, counted plainly over /sparql."""

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
from jalon.content.pack import read_pack
from jalon.store.snapshot import Source, open_snapshot
from web.service import Site, open_site

COUNTS = sorted((Path(__file__).parent / "counts").glob("*.rq"))
SAVED = sorted((find_pack(None) / "queries").glob("*.rq"))
README = find_pack(None) / "README.md"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    pack = read_pack(find_pack(None))
    index = tmp_path_factory.mktemp("index")
    snapshot = open_snapshot(index, Source(pack.digest, pack.manifest.base, pack.nquads))
    with open_site(snapshot, tmp_path_factory.mktemp("answers")) as site:
        yield site


def rows(response: httpx.Response) -> list[list[str]]:
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.text)))[1:]


def front_matter(path: Path) -> dict[str, list[list[str]]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return tomllib.loads("\n".join(line[3:] for line in lines if line.startswith("#+ ")))


@pytest.mark.parametrize("path", COUNTS, ids=lambda path: path.stem)
def test_count_over_the_default_graph_is_what_the_documents_say(served: Site, path: Path) -> None:
    answer = served.query(path.read_text(encoding="utf-8"), "text/csv")
    assert sorted(rows(answer)) == sorted(front_matter(path)["expected"])


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.stem)
def test_saved_query_has_an_answer(served: Site, path: Path) -> None:
    answer = served.query(path.read_text(encoding="utf-8"), "text/csv")
    assert rows(answer)


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
