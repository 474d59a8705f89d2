"""The settings of the service: the only place that knows the environment's names."""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from jalon.errors import SettingsInvalid
from jalon.ledger.addresses import shown, url_of

PREFIX = "JALON_"

EMBEDDED = "oxigraph"
"""The engine that is a part of this service."""

_ADDRESSES = (("ledger",), ("store",), ("store_updates",))
"""Settings that a password may stand in."""

_SECRET = re.compile(r"(://[^:/@\s]*):[^@/\s]*@")
SQLITE = "sqlite"
"""Of the ledger: that it stands in a file of the data folder."""


def _addresses(value: str) -> str:
    """Addresses and networks, as they were written. Raises ValueError for anything else."""
    for each in filter(None, (part.strip() for part in value.split(","))):
        ipaddress.ip_network(each)
    return value


def _engine(value: str) -> str:
    """The name of the engine in here, or an address, as it was written. Raises ValueError."""
    parts = urlsplit(value)
    if value != EMBEDDED and not (parts.scheme in {"http", "https"} and parts.hostname):
        raise ValueError(f"it is {EMBEDDED}, or an address that begins with http:// or https://")
    return value


def _ledger(value: str) -> str:
    """``sqlite``, or the address of a PostgreSQL database. Raises ValueError for anything else."""
    if value != SQLITE:
        url_of(value)
    return value


class Settings(BaseSettings):
    """What an operator can set, each as an environment variable ``JALON_…``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    data_dir: Path = Field(
        Path(".jalon"),
        description="Folder of all state; its ledger is the only copy of what was written.",
    )
    ledger: Annotated[str, AfterValidator(_ledger)] = Field(
        SQLITE,
        repr=False,  # its password
        description="Where the ledger stands: sqlite (in data_dir) or a postgresql:// URL.",
    )
    pack: Path | None = Field(
        None, description="Folder of the content pack; without it, the one that Jalon comes with."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s<>\"?#]+$",
        description="Address that redirects and links start with; without it, the host asked for.",
    )
    trusted_proxies: Annotated[str, AfterValidator(_addresses)] = Field(
        "127.0.0.1",
        description="Proxies that say who asks: addresses and networks, with commas between.",
    )
    log: Literal["json", "text"] | None = Field(
        None, description="Log as json or text; without it, text where stderr is a terminal."
    )
    query_seconds: float = Field(
        10.0, gt=0, le=3600, description="Seconds after which a running query is stopped."
    )
    query_memory_mb: int = Field(
        1024, ge=512, description="Address space of one query, in megabytes."
    )
    query_workers: int = Field(
        default_factory=lambda: max(2, os.cpu_count() or 2),
        ge=1,
        description="Queries that run at once; by default one for each processor, at least 2.",
    )
    quick_workers: int = Field(
        2, ge=0, description="Queries that run at once, a quarter second each, when those wait."
    )
    client_queries: int = Field(
        20, ge=1, description="Queries that one client may have running or waiting."
    )
    cache_mb: int = Field(
        64, ge=0, description="Answers kept for who asks again, in megabytes; 0 keeps none."
    )
    query_queue: int = Field(64, ge=0, description="Queries that may wait for their turn.")
    query_queue_seconds: float = Field(
        30.0, gt=0, description="Seconds a query waits for its turn before it is refused."
    )
    query_kb: int = Field(500, ge=1, description="Largest query text, in thousands of bytes.")
    answer_mb: int = Field(100, ge=1, description="Largest answer, in megabytes.")
    validation_seconds: float = Field(
        30.0, gt=0, le=3600, description="Seconds after which a running validation is stopped."
    )
    whole_validation_seconds: float = Field(
        600.0,
        gt=0,
        le=3600,
        description="Seconds after which validating a whole release is stopped.",
    )
    upload_mb: int = Field(10, ge=1, description="Largest upload to validate, in megabytes.")
    validate_updates: bool = Field(
        True, description="Refuse to write what violates the pack's shapes: true or false."
    )
    shacl: Literal["shacl", "pyshacl"] = Field(
        "shacl", description="SHACL engine: shacl (compiled, fast) or pyshacl (the reference)."
    )
    default_graph: Literal["shown", "own"] = Field(
        "shown",
        description="Unnamed graph: shown (made from the others) or own (as it is written to).",
    )
    store: Annotated[str, AfterValidator(_engine)] = Field(
        "oxigraph",
        description="What answers queries: oxigraph (in here), or the address of a SPARQL engine.",
    )
    store_kind: Literal["auto", "oxigraph", "fuseki", "virtuoso", "sparql"] = Field(
        "auto", description="What kind of engine that is; auto asks it."
    )
    store_updates: str | None = Field(
        None,
        pattern=r"^https?://[^\s<>\"]+$",
        description="Where such an engine takes updates, where its kind does not tell.",
    )
    store_fallback: bool = Field(
        True, description="Answer by the index in here while that engine is away: true or false."
    )
    rebuild_quads: int = Field(
        2_000_000,
        ge=0,
        description="Most quads to replay for a release that does not stand ready any more.",
    )
    merge_triples: int = Field(
        200_000, ge=0, description="Most triples that several FROM graphs may hold together."
    )
    reasoner: Literal["rules", "owlrl", "none"] = Field(
        "rules",
        description="What entails triples: rules (OWL 2 RL), owlrl (the same, slowly) or none.",
    )
    reasoning_triples: int | None = Field(
        None,
        ge=0,
        description="Most shown triples to reason over; without it, 1,000,000, by owlrl 20,000.",
    )
    reasoning_seconds: float = Field(
        120.0, gt=0, le=3600, description="Seconds after which reasoning over a release is stopped."
    )


def read_settings(**overrides: object) -> Settings:
    """The settings of the environment, with ``overrides`` from the command line before them.

    Raises SettingsInvalid for an unknown JALON_ name, with the nearest known one, and for a value
    that a setting may not have.
    """
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            nearest = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.0)[0]
            raise SettingsInvalid(variant="unknown", name=name, nearest=nearest)
    try:
        return Settings.model_validate(overrides)
    except ValidationError as error:
        fault = error.errors()[0]
        name = PREFIX + "_".join(str(part) for part in fault["loc"]).upper()
        value = str(fault["input"])
        cause: ValidationError | None = error
        if fault["loc"] in _ADDRESSES:
            value, cause = _without_password(value), None
        raise SettingsInvalid(name=name, value=value, reason=fault["msg"]) from cause


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it is in force: its name in the environment, its value, and what it is for.

    ``value`` and ``default`` are None where there is none; ``default`` is that of this machine.
    """

    name: str
    value: str | None
    default: str | None
    meaning: str


def effective(settings: Settings) -> list[Setting]:
    """Every setting, in the order declared."""
    return [
        Setting(
            name=PREFIX + name.upper(),
            value=_shown(name, getattr(settings, name)),
            default=_written(field.get_default(call_default_factory=True)),
            meaning=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def _shown(name: str, value: object) -> str | None:
    """A value as an operator may see it."""
    if name == "ledger" and value != SQLITE:
        return shown(url_of(str(value)))
    return _written(value)


def _without_password(url: str) -> str:
    """The beginning of what is no address that we know, which a password may be in."""
    return f"{url.split(':', maxsplit=1)[0]}:…" if ":" in url or "@" in url else url


def _written(value: object) -> str | None:
    """A value as it is written in the environment."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return None if value is None else without_secret(str(value))


def without_secret(address: str) -> str:
    """An address without the password in it; any other text as it is."""
    return _SECRET.sub(r"\1:…@", address)
