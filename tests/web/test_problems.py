"""Every error is a problem document in two languages, the framework's own errors included."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from jalon.errors import JalonError
from jalon.web.problems import STATUS, install
from web.service import Site


def _check(response: httpx.Response) -> dict[str, object]:
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, object] = response.json()
    localized = document["localized"]
    assert isinstance(localized, dict)
    assert set(localized) == {"en", "fr"}
    said = {"title": document["title"], "detail": document["detail"]}
    assert said == localized[response.headers["content-language"]]
    assert document["status"] == response.status_code
    assert document["type"] == f"https://w3id.org/jalon/problem/{document['code']}"
    return document


def test_an_unknown_path_is_a_problem_document(site: Site) -> None:
    for path in ("/nothing", "/sparql/", "/redoc"):
        response = site.ask("GET", path)
        assert response.status_code == 404
        assert _check(response)["code"] == "not-found"


def test_another_method_is_a_problem_document_with_allow(site: Site) -> None:
    response = site.ask("DELETE", "/sparql")
    assert response.status_code == 405
    assert _check(response)["code"] == "method-not-allowed"
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert site.ask("POST", "/health/live").headers["allow"] == "GET"


def test_the_language_is_the_one_that_the_client_prefers(site: Site) -> None:
    for accepted, language in (
        ("fr-CA,fr;q=0.9,en;q=0.5", "fr"),
        ("en-CA, fr;q=0.2", "en"),
        ("es", "en"),
        ("", "en"),
    ):
        response = site.ask("POST", "/sparql", headers={"Accept-Language": accepted})
        _check(response)
        assert response.headers["content-language"] == language


def test_a_client_of_csv_alone_still_gets_a_problem_document(site: Site) -> None:
    response = site.query("SELECT", "text/csv")
    assert _check(response)["code"] == "query-syntax"


def test_a_fault_of_ours_tells_the_client_nothing() -> None:
    app = FastAPI()
    install(app)

    @app.get("/broken")
    async def broken() -> None:
        raise LookupError("secret")

    @app.get("/number/{number}")
    async def typed(number: int) -> int:
        return number

    site = _Bare(app)
    response = site.get("/broken")
    assert response.status_code == 500
    assert _check(response)["code"] == "internal"
    assert "secret" not in response.text
    invalid = site.get("/number/one")
    assert invalid.status_code == 400
    assert _check(invalid)["code"] == "bad-request"


class _Bare:
    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(path)

        return asyncio.run(asked())


@pytest.mark.parametrize("error", STATUS, ids=lambda error: error.code)
def test_every_mapped_error_has_a_code_of_its_own(error: type[JalonError]) -> None:
    assert [each.code for each in STATUS].count(error.code) == 1
