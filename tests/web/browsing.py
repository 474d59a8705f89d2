"""A browser that fills in the forms of submissions, and what a page has to be that it is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from itertools import pairwise
from typing import Any

import httpx

from web.reading import Page, faults_of, read
from web.stewarded import PREFIXES, Stewarded

ORIGIN = "http://test"
HEADING = re.compile(r"h[1-6]")


@dataclass(slots=True)
class Browser:
    """What a browser sends: its cookies, and where its forms come from."""

    site: Stewarded
    cookies: dict[str, str] = field(default_factory=dict)
    origin: str | None = ORIGIN

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Accept": "text/html,*/*;q=0.8", **options.pop("headers", {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={each}" for name, each in self.cookies.items())
        if method == "POST" and self.origin is not None:
            headers["Origin"] = self.origin
        response = self.site.site.ask(method, path, headers=headers, **options)
        for line in response.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return response

    def get(self, path: str, status: int = 200) -> Page:
        """A page, which is whole, and is kept nowhere."""
        return whole(self.ask("GET", path), path.split("/")[1], status)

    def sign_in(self, token: str, following: str = "", language: str = "en") -> httpx.Response:
        fields = {"token": token, "next": following}
        return self.ask("POST", f"/{language}/sign-in", data=fields)

    def submit(self, turtle: str, name: str = "calq.ttl", **fields: str) -> httpx.Response:
        filled = {"organisation": "calq", "mode": "replace", "message": "", **fields}
        files = {"data": (name, (PREFIXES + turtle).encode(), "application/octet-stream")}
        return self.ask("POST", "/fr/submit", data=filled, files=files)

    def change(self, adds: str, removes: str, **fields: str) -> httpx.Response:
        """Sends two files, either of which may be left out, as a browser does."""
        filled = {"organisation": "calq", "mode": "change", "message": "", **fields}
        files = {
            name: (f"{name}.ttl" if text else "", (PREFIXES + text).encode() if text else b"")
            for name, text in (("data", adds), ("removes", removes))
        }
        return self.ask("POST", "/fr/submit", data=filled, files=files)

    def decide(self, path: str, step: str, reason: str = "") -> httpx.Response:
        return self.ask("POST", f"{path}/{step}", data={"reason": reason})


def whole(response: httpx.Response, language: str, status: int = 200) -> Page:
    """A page with nothing wrong with it, that is kept nowhere."""
    assert response.status_code == status, response.text
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-language"] == language
    assert "script" not in response.headers["content-security-policy"]
    assert "set-cookie" not in response.headers
    found = read(response.text)
    assert faults_of(found, language) == []
    levels = [int(each.name[1]) for each in found.elements if HEADING.fullmatch(each.name)]
    skipped = [(one, two) for one, two in pairwise(levels) if two > one + 1]
    assert (levels[0], skipped) == (1, [])
    return found


def signed_in(site: Stewarded, token: str) -> Browser:
    browser = Browser(site)
    answer = browser.sign_in(token)
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/submissions")
    return browser


def made(answer: httpx.Response) -> str:
    """The page of a submission that the form has led to."""
    assert answer.status_code == 303, answer.text
    location: str = answer.headers["location"]
    assert re.fullmatch(r"/fr/submissions/\d+", location)
    return location


def buttons(page: Page) -> list[str]:
    return [each.text for each in page.all("button")]
