"""Writing as an operator lives with it: a served pack, a token from the command, a kill."""

from __future__ import annotations

import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from pyoxigraph import RdfFormat, parse

from jalon.content.locate import find_pack
from web.started import needs_curl, printed_by, served, token_of

TINY = Path(__file__).parents[1] / "packs" / "tiny"
GUIDE = find_pack(None) / "docs" / "writing.md"
OTHER = {"graph": "http://example.org/elsewhere"}
TURTLE = {"Content-Type": "text/turtle"}
TRIPLES = {"Accept": "application/n-triples"}
SECONDS = 60


def thing(number: int) -> bytes:
    return f'<http://example.org/{number}> <http://example.org/p> "{number}" .'.encode()


def things(address: str) -> set[int]:
    response = httpx.get(f"{address}/rdf-graph-store", params=OTHER, headers=TRIPLES, timeout=60)
    assert response.status_code == 200, response.text
    quads = parse(response.content, RdfFormat.N_TRIPLES)
    return {int(quad.object.value) for quad in quads}


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    """Eight write at once when the service is killed; what it said it has, it has."""
    kept: set[int] = set()
    with served(tmp_path, TINY) as (process, address):
        headers = {**TURTLE, "Authorization": f"Bearer {token_of(tmp_path, TINY)}"}
        store = f"{address}/rdf-graph-store"

        def write(number: int) -> None:
            try:
                response = httpx.post(
                    store, params=OTHER, content=thing(number), headers=headers, timeout=SECONDS
                )
            except httpx.TransportError:
                return
            if response.is_success:
                kept.add(number)
            if len(kept) == 8:
                process.send_signal(signal.SIGKILL)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(40)))
        assert process.wait(SECONDS) == -signal.SIGKILL
    assert 8 <= len(kept) < 40
    with served(tmp_path, TINY) as (_, address):
        assert kept <= things(address)
        again = httpx.put(
            f"{address}/rdf-graph-store",
            params=OTHER,
            content=thing(1000),
            headers=headers,
            timeout=SECONDS,
        )
        assert again.status_code == 204
        assert things(address) == {1000}


def test_a_violation_is_told_by_a_served_pack(tmp_path: Path) -> None:
    with served(tmp_path, TINY) as (_, address):
        headers = {**TURTLE, "Authorization": f"Bearer {token_of(tmp_path, TINY)}"}
        refused = httpx.post(
            f"{address}/rdf-graph-store",
            params={"graph": "graph/submitted/mcc"},
            content=thing(1),
            headers=headers,
            timeout=SECONDS,
        )
        assert refused.status_code == 422
        (result,) = refused.json()["report"]["results"]
        assert result["rule"] == "Submitted-submittedIn-ownName"


@needs_curl
def test_the_commands_of_the_guide_do_what_it_says(tmp_path: Path) -> None:
    printed = printed_by(GUIDE, tmp_path)
    statuses = re.findall(r"^HTTP/1.1 (\d+)", printed, re.MULTILINE)
    assert statuses == ["201", "204", "204", "204", "204"]
    releases = re.findall(r"^jalon-release: (\d+)", printed, re.MULTILINE)
    # What is put back as it was read changes nothing.
    assert releases == ["2", "3", "4", "5", "5"]
    assert '"2027"^^<http://www.w3.org/2001/XMLSchema#gYear>' in printed
