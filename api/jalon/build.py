"""The composition root: settings in, a running service out. Everything is put together here."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import signal
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from jalon.content.locate import find_pack
from jalon.content.pack import Pack, read_pack
from jalon.errors import Unsandboxed
from jalon.services.health import Health, Served
from jalon.services.questions import Question, Questions
from jalon.settings import Settings
from jalon.store.outline import OutlineLimits
from jalon.store.oxigraph import OxigraphStore, Workplace
from jalon.store.port import (
    GRAPH_FORMATS,
    MEGABYTE,
    SOLUTION_FORMATS,
    Limits,
    Protections,
    ResultFormat,
)
from jalon.store.snapshot import Snapshot, Source, open_snapshot
from jalon.store.workshop import Crew, Workshop
from jalon.web.app import create_app

GRACE_SECONDS = 5
"""How long requests in flight may still take when the service stops."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Content:
    """What is served: a pack, and the snapshot of its index."""

    pack: Pack
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Service:
    """A service ready to be asked or served; ``store`` is to be closed when done."""

    content: Content
    store: OxigraphStore
    questions: Questions

    def app(self) -> FastAPI:
        """The HTTP application of this service, which closes the store when it stops."""
        manifest = self.content.pack.manifest
        served = Served(manifest.id, manifest.version, self.content.snapshot.stamp.shown)
        return create_app(self.questions, Health(self.store, served), self.store.close)


def pack_of(settings: Settings) -> Pack:
    """The pack that the settings choose, read. Raises a ContentError when it cannot be used."""
    return read_pack(find_pack(settings.pack))


def open_content(settings: Settings) -> Content:
    """The pack and its snapshot, which is built when it does not stand yet.

    Raises a ContentError, or NotReady where the data folder cannot be written.
    """
    pack = pack_of(settings)
    source = Source(pack.digest, pack.manifest.base, pack.nquads)
    return Content(pack, open_snapshot(_data_dir(settings) / "index", source))


def open_service(settings: Settings, content: Content, *, isolated: bool) -> Service:
    """The service of this content; ``isolated``: no answer from a process that has a network."""
    workplace = Workplace(content.snapshot.checkpoint, _data_dir(settings) / "answers", isolated)
    crew = Crew(settings.query_workers, settings.query_queue, settings.query_queue_seconds)
    limits = Limits(
        seconds=settings.query_seconds,
        memory_bytes=settings.query_memory_mb * MEGABYTE,
        answer_bytes=settings.answer_mb * MEGABYTE,
        merged_triples=settings.merge_triples,
    )
    store = OxigraphStore(workplace, Workshop(crew))
    outline_limits = OutlineLimits(bytes=settings.query_kb * 1000)
    return Service(content, store, Questions(store, limits, outline_limits))


def ask(settings: Settings, text: str, media_type: str) -> bytes:
    """The answer to one query in a media type, by the way that every query goes.

    The type is one of the formats for solutions or for graphs; a query of the other kind raises
    NotAcceptable. Other errors as Questions.answer.
    """
    question = Question(
        text,
        solutions=_format(media_type, SOLUTION_FORMATS),
        graph=_format(media_type, GRAPH_FORMATS),
    )
    # The text is the operator's own: it is answered on machines without namespaces too.
    service = open_service(settings, open_content(settings), isolated=False)

    async def answered() -> bytes:
        with await service.questions.answer(question) as answer:
            return answer.read()

    return asyncio.run(answered())


def serve(settings: Settings, *, allow_unsandboxed: bool = False) -> None:
    """Serves over HTTP until SIGINT or SIGTERM, then returns.

    Raises Unsandboxed when the host is not a loopback address and query processes cannot leave
    the network, unless ``allow_unsandboxed``.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    content = open_content(settings)
    probed = open_service(settings, content, isolated=False)
    held = asyncio.run(probed.store.protections())
    _log.info("limits that hold for every query: %s", _words(held))
    check_isolation(settings.host, held, allow_unsandboxed=allow_unsandboxed)
    service = open_service(settings, content, isolated=held.network)
    config = uvicorn.Config(
        service.app(),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _run(_Server(config, content))


def check_isolation(host: str, held: Protections, *, allow_unsandboxed: bool) -> None:
    """Raises Unsandboxed for a host that others reach while query processes reach the network."""
    if held.network:
        return
    if not allow_unsandboxed and not is_loopback(host):
        raise Unsandboxed
    _log.warning("query processes can reach the network; SERVICE is refused all the same")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on this host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Server(uvicorn.Server):
    """Says where to ask, and what is there, once it listens."""

    def __init__(self, config: uvicorn.Config, content: Content) -> None:
        super().__init__(config)
        self._content = content

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says so."""
        await super().startup(sockets)
        if not self.started:
            return
        manifest, stamp = self._content.pack.manifest, self._content.snapshot.stamp
        _log.info("pack %s %s, %s triples shown", manifest.id, manifest.version, stamp.shown)
        for listening in self.servers:
            for bound in listening.sockets:
                host, port = bound.getsockname()[:2]
                shown_host = f"[{host}]" if ":" in host else host
                _log.info("SPARQL at http://%s:%s/sparql", shown_host, port)


def _run(server: uvicorn.Server) -> None:
    """Runs until a signal; uvicorn raises it again when it has stopped, and that ends here."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, lambda *_: None) for each in signals]
    try:
        server.run()
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)


def _data_dir(settings: Settings) -> Path:
    return settings.data_dir.expanduser().resolve()


def _format(media_type: str, formats: Sequence[ResultFormat]) -> ResultFormat | None:
    return next((known for known in formats if known.media_type == media_type), None)


def _words(held: Protections) -> str:
    return ", ".join(f"{name} {'yes' if value else 'NO'}" for name, value in asdict(held).items())
