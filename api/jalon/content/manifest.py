"""A manifest, ``pack.toml`` or ``core.toml``: what a pack is, and the graph of each file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

from jalon.errors import LANGUAGES, FileUnreadable, ManifestInvalid

_KEYS = ("id", "version", "base", "languages", "extends", "title", "namespaces", "graphs")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9-]*:[a-z][a-z0-9-]*")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_RANGE = re.compile(r"(?P<id>[a-z][a-z0-9-]*:[a-z][a-z0-9-]*)@\^(?P<floor>\d+(\.\d+){0,2})")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_IRI = re.compile(r"[a-z][a-z0-9+.-]*://[^\s<>\"{}|\\^`]+")
_PLACEHOLDER = r"(\{stem\}|\{folder\}|[a-z0-9][a-z0-9-]*)"
_GRAPH = re.compile(
    rf"graph/(ontology|shapes|editorial|external|vocabulary/{_PLACEHOLDER}|source/{_PLACEHOLDER})"
)
_PATTERN = re.compile(r"(ontology|shapes|data)/[A-Za-z0-9_./*-]+\.ttl")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says. ``graphs`` maps graph names, relative to the base, to file patterns."""

    id: str
    version: str
    base: str
    languages: tuple[str, ...]
    title: Mapping[str, str]
    extends: str | None
    namespaces: Mapping[str, str]
    graphs: Mapping[str, tuple[str, ...]]


def read_manifest(path: Path) -> Manifest:
    """The manifest at ``path``, every value checked; ManifestInvalid names the file and the key."""
    try:
        table = tomllib.loads(path.read_bytes().decode("utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise FileUnreadable(file=str(path), line=1, reason=str(exc)) from exc
    except tomllib.TOMLDecodeError as exc:
        line = re.search(r"at line (\d+)", str(exc))
        raise FileUnreadable(
            file=str(path), line=int(line[1]) if line else 1, reason=str(exc)
        ) from exc
    return _Reader(str(path), table).manifest()


def satisfies(manifest: Manifest, wanted: str) -> bool:
    """Whether a core layer is one that ``extends`` asks for: same id, caret range of versions."""
    match = _RANGE.fullmatch(wanted)
    if match is None or match["id"] != manifest.id:
        return False
    floor = [int(part) for part in match["floor"].split(".")]
    version = [int(part) for part in manifest.version.split(".")]
    fixed = next((place for place, part in enumerate(floor) if part), len(floor) - 1) + 1
    return version[:fixed] == floor[:fixed] and version >= floor


@dataclass(frozen=True, slots=True)
class _Reader:
    """One manifest's table, with the name of its file for the errors."""

    file: str
    table: dict[str, object]

    def manifest(self) -> Manifest:
        for key in self.table:
            if key not in _KEYS:
                self.refuse(key, key, ", ".join(_KEYS))
        languages = self.languages()
        return Manifest(
            id=self.text("id", _IDENTIFIER, "jalon:core"),
            version=self.text("version", _VERSION, "1.0.0"),
            base=self.base(),
            languages=languages,
            title=self.title(languages),
            extends=self.text("extends", _RANGE, "jalon:core@^1")
            if "extends" in self.table
            else None,
            namespaces=self.namespaces(),
            graphs=self.graphs(),
        )

    def refuse(self, key: str, found: object, expected: str) -> NoReturn:
        raise ManifestInvalid(file=self.file, key=key, found=str(found), expected=expected)

    def text(self, key: str, form: re.Pattern[str], example: str) -> str:
        value = self.table.get(key)
        if not isinstance(value, str) or not form.fullmatch(value):
            self.refuse(key, value, example)
        return value

    def base(self) -> str:
        base = self.text("base", _IRI, "https://example.org/plan/")
        if not base.endswith("/"):
            self.refuse("base", base, f"{base}/")
        return base

    def languages(self) -> tuple[str, ...]:
        value = self.strings("languages", self.table.get("languages"))
        if not set(LANGUAGES) <= set(value) or len(set(value)) != len(value):
            self.refuse("languages", list(value), str(list(LANGUAGES)))
        for language in value:
            if not _LANGUAGE.fullmatch(language):
                self.refuse("languages", language, "en, fr, es, iu-Cans")
        return value

    def title(self, languages: tuple[str, ...]) -> Mapping[str, str]:
        title = self.mapping("title")
        if not set(LANGUAGES) <= set(title) <= set(languages):
            self.refuse("title", list(title), str(list(languages)))
        for language, text in title.items():
            if not text.strip():
                self.refuse(f"title.{language}", repr(text), "…")
        return MappingProxyType(title)

    def namespaces(self) -> Mapping[str, str]:
        namespaces = self.mapping("namespaces")
        for prefix, namespace in namespaces.items():
            if not _PREFIX.fullmatch(prefix) or not _IRI.fullmatch(namespace):
                self.refuse(f"namespaces.{prefix}", namespace, "https://example.org/def#")
        return MappingProxyType(namespaces)

    def graphs(self) -> Mapping[str, tuple[str, ...]]:
        table = self.table.get("graphs")
        if not isinstance(table, dict) or not table:
            self.refuse("graphs", table, '{"graph/editorial" = ["data/editorial/*.ttl"]}')
        graphs = {name: self.patterns(name, value) for name, value in table.items()}
        return MappingProxyType(graphs)

    def patterns(self, name: str, value: object) -> tuple[str, ...]:
        key = f'graphs."{name}"'
        if not _GRAPH.fullmatch(name):
            names = "ontology, shapes, editorial, external, vocabulary/{stem}, source/{folder}"
            self.refuse(key, name, f"graph/({names})")
        patterns = self.strings(key, value)
        for pattern in patterns:
            if not _PATTERN.fullmatch(pattern) or ".." in pattern or "**" in pattern:
                self.refuse(key, pattern, "(ontology|shapes|data)/…/*.ttl")
        return patterns

    def mapping(self, key: str) -> dict[str, str]:
        table = self.table.get(key, {})
        if not isinstance(table, dict):
            self.refuse(key, table, '{name = "text"}')
        for name, value in table.items():
            if not isinstance(value, str):
                self.refuse(f"{key}.{name}", value, '"text"')
        return dict(table)

    def strings(self, key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            self.refuse(key, value, '["text"]')
        for item in value:
            if not isinstance(item, str):
                self.refuse(key, item, '"text"')
        return tuple(value)
