"""How engines are named and spoken to, without one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from jalon.errors import SettingsInvalid
from jalon.settings import effective, read_settings
from jalon.store.remote.answering import _mended
from jalon.store.remote.dialects import FUSEKI, OTHER, OXIGRAPH, VIRTUOSO, Dialect, dialect_of
from jalon.store.remote.lines import Line
from jalon.store.remote.protocol import Address, Engine, insertion, removal


def test_an_address_never_shows_its_password() -> None:
    address = Address.read("http://dba:se%40cret@host:8890/plans/")
    assert (address.url, address.user, address.password) == (
        "http://host:8890/plans",
        "dba",
        "se@cret",
    )
    assert "se" not in f"{address} {address!r}".replace("host", "")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"server": "Virtuoso/07.20.3229 (Linux)"}, VIRTUOSO),
        ({"fuseki-request-id": "1"}, FUSEKI),
        ({"server": "Oxigraph/0.5.13"}, OXIGRAPH),
        ({"server": "nginx"}, OTHER),
    ],
)
def test_an_engine_is_known_by_its_headers(headers: dict[str, str], expected: object) -> None:
    assert dialect_of(headers) is expected


def test_an_engine_that_is_met_is_not_asked_for_all_it_has() -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 200 OK\r\nFuseki-Request-Id: 1\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def met() -> Dialect:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            engine = Engine(Address.read(f"http://127.0.0.1:{port}/plans"))
            try:
                return await engine.meet()
            finally:
                await engine.close()

    assert asyncio.run(met()) is FUSEKI
    assert asked == [b"GET /plans?query=ASK+%7B%7D HTTP/1.1\r\n"]


def test_triples_go_to_the_graph_that_stands_for_the_unnamed_one() -> None:
    lines = [Line(True, "", "<a:s> <a:p> 1"), Line(True, "a:g", "<a:s> <a:p> 2")]
    said = " ".join(insertion(lines, OXIGRAPH).split())
    assert said == "INSERT DATA { <a:s> <a:p> 1 . GRAPH <a:g> { <a:s> <a:p> 2 } }"
    assert "GRAPH <urn:x-jalon:shown> { <a:s> <a:p> 1 }" in removal(lines, VIRTUOSO)


@pytest.mark.parametrize("size", [1, 2, 7, 23, 24, 1000])
def test_what_an_engine_writes_otherwise_is_put_right_wherever_it_is_cut(size: int) -> None:
    written = b'{"type": "typed-literal", "value": "typed-literal"}' * 3

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(written), size):
            yield written[start : start + size]

    async def whole() -> bytes:
        return b"".join([piece async for piece in _mended(pieces(), VIRTUOSO)])

    assert asyncio.run(whole()) == b'{"type": "literal", "value": "typed-literal"}' * 3


def test_settings_show_no_password_of_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_STORE", "http://dba:secret@host:8890")
    shown = effective(read_settings())
    assert "http://dba:…@host:8890" in [each.value for each in shown]
    monkeypatch.setenv("JALON_STORE", "ftp://dba:secret@host")
    with pytest.raises(SettingsInvalid) as caught:
        read_settings()
    assert "secret" not in f"{caught.value!r} {caught.value} {caught.value.details}"
