"""Templates and texts as pages: HTML without scripts, under a policy that allows none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from jalon.errors import LANGUAGES
from jalon.services.history import AsOf
from jalon.web.mementos import parameter_of
from jalon.web.pages.words import Text, Words
from jalon.web.representations import holds, sent

HTML = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""What every page says to browsers: nothing is loaded from elsewhere, and nothing runs."""

MENU = (
    ("questions", "site.questions"),
    ("sparql", "site.sparql"),
    ("validate", "site.validate"),
    ("terms", "site.terms"),
    ("docs", "site.docs"),
)
"""The rooms that every page leads to, and their names."""

TIMELESS = ("/validate", "/docs", "/releases", "/submissions", "/submit", "/sign-")
"""The rooms whose pages are of no release."""

STATIC_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Edition:
    """What every page says of the content that it shows."""

    pack: str
    version: str
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Here:
    """The page that is made: its language, and its path and query below ``/{language}``.

    The query does not name the release; ``as_of`` does, where the page is of one. ``root`` is what
    addresses start with that are to be written down.
    """

    language: str
    path: str
    query: str = ""
    as_of: AsOf | None = None
    root: str = ""

    @property
    def is_timeless(self) -> bool:
        """Whether the page is the same whatever the release."""
        return self.path.startswith(TIMELESS)

    @property
    def shows_older(self) -> bool:
        """Whether the page shows an older release than the newest."""
        return self.as_of is not None and self.as_of.is_older and not self.is_timeless

    def address(self, language: str) -> str:
        """The same page in a language."""
        return self._address(language, self._release())

    def newest(self) -> str:
        """The same page as of the newest release, whichever that is."""
        return self._address(self.language, "")

    def permalink(self) -> str:
        """The same page as of the same release for ever."""
        return self._address(self.language, parameter_of(self.as_of) if self.as_of else "")

    def to(self, path: str) -> str:
        """Another page in the same language; of the same release, where one was asked for."""
        address = f"/{self.language}{path}"
        return address if path.startswith(TIMELESS) else self.pinned(address)

    def pinned(self, address: str) -> str:
        """An address for machines, of the same release, where one was asked for."""
        release = self._release()
        return address + (f"?{release}" if release else "")

    def _address(self, language: str, release: str) -> str:
        query = "&".join(part for part in (self.query, release) if part)
        return f"/{language}{self.path}" + (f"?{query}" if query else "")

    def _release(self) -> str:
        return parameter_of(self.as_of) if self.as_of and self.as_of.asked else ""


class Pages:
    """Makes pages from the templates of this package."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._menu = [*MENU]
        self._templates = Environment(
            loader=PackageLoader("jalon.web", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def add_room(self, room: str, name: str) -> None:
        """Has every page lead to one more room; ``name`` is the key of its name."""
        self._menu.insert(-2, (room, name))

    def html(self, template: str, here: Here, **shown: object) -> bytes:
        """A page as bytes."""
        words = Words(here.language)
        others = [each for each in LANGUAGES if each != here.language]
        title = words.choose(self._edition.titles) or Text(self._edition.pack)
        text = self._templates.get_template(template).render(
            say=words.say,
            count=words.count,
            number=words.number,
            words=words,
            here=here,
            languages=LANGUAGES,
            others=others,
            language_names={each: Words(each).say("site.this-language") for each in LANGUAGES},
            menu=self._menu,
            edition=self._edition,
            edition_title=title.text,
            **shown,
        )
        return text.encode("utf-8")


def page_response(
    request: Request, body: bytes, language: str, status: int = 200, cached: bool = True
) -> Response:
    """A page with its headers; 304 to who has it already, and no body to HEAD."""
    headers = {**HEADERS, "Content-Language": language}
    if not cached or status != HTTPStatus.OK:
        headers["Cache-Control"] = "no-store"
        response = sent(request, body, HTML, headers)
        response.status_code = status
        return response
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    # Kept, but asked for again each time: what changes is the content, not the hour.
    headers |= {"Cache-Control": "no-cache", "ETag": tag}
    if holds(request, tag):
        return Response(status_code=304, headers=headers)
    return sent(request, body, HTML, headers)


def static_files() -> dict[str, tuple[bytes, str]]:
    """The files that pages refer to, by name: their bytes and content types."""
    found = {}
    for file in files("jalon.web").joinpath("static").iterdir():
        ending = file.name[file.name.rfind(".") :]
        if ending in STATIC_TYPES:
            found[file.name] = (file.read_bytes(), STATIC_TYPES[ending])
    return found
