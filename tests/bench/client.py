"""A load client that costs little: one thread, one epoll loop, requests made ahead as bytes.

Each client has one connection that is kept alive, and asks again as soon as it has its answer.
"""

from __future__ import annotations

import gc
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Next = Callable[[], bytes]
"""Gives the bytes of the next request."""

PATIENCE = 600.0
"""Seconds without any answer after which the server is given up."""

MOST_FAILURES = 1_000
READ_BYTES = 256 * 1024
LAST_CHUNK = b"\r\n0\r\n\r\n"


class NoAnswer(Exception):
    """The server closed a connection, said nothing for long, or what it said cannot be read."""


@dataclass(slots=True)
class Load:
    """What came of a load: seconds that each answer took, and what they were.

    ``failed`` holds the first line of each answer that was no success, ``marked`` counts answers
    whose head held the mark that was looked for, ``cpu`` is the client's own processor time.
    """

    seconds: float = 0.0
    cpu: float = 0.0
    bytes: int = 0
    marked: int = 0
    times: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def answers(self) -> int:
        """How many answers there were."""
        return len(self.times)

    @property
    def rate(self) -> float:
        """Successful answers a second."""
        return (self.answers - len(self.failed)) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The seconds within which this share of the answers had come."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass(frozen=True, slots=True)
class Until:
    """When a load ends: after so many seconds, yet with so many answers at least."""

    seconds: float
    answers: int = 1


class _Client:
    """One connection: what has been read of the answer that it waits for."""

    __slots__ = ("_address", "began", "head_end", "length", "read", "socket")

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self.connect()
        self.began = 0.0
        self.read = bytearray()
        self.head_end = -1
        self.length = -1

    def connect(self) -> None:
        """A new connection."""
        self.socket = socket.create_connection(self._address, timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> None:
        self.read = bytearray()
        self.head_end = self.length = -1
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Reads what there is; whether the answer is whole."""
        data = self.socket.recv(READ_BYTES)
        if not data:
            raise NoAnswer("the server closed the connection")
        self.read += data
        if self.head_end < 0 and not self._read_head():
            return False
        if self.length >= 0:
            return len(self.read) >= self.head_end + self.length
        # What is sent in chunks ends in an empty one.
        return self.read.endswith(LAST_CHUNK)

    @property
    def head(self) -> bytes:
        """The status line and the headers of a whole answer."""
        return bytes(self.read[: self.head_end])

    def _read_head(self) -> bool:
        end = self.read.find(b"\r\n\r\n")
        if end < 0:
            return False
        self.head_end = end + 4
        head = bytes(self.read[: self.head_end]).lower()
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            self.length = int(head[at + 17 : head.index(b"\r\n", at + 2)])
        elif head.startswith((b"http/1.1 204", b"http/1.1 304")):
            self.length = 0
        elif b"\r\ntransfer-encoding: chunked" not in head:
            raise NoAnswer(f"an answer without a length: {head[:200]!r}")
        return True


@contextmanager
def connected(url: str, clients: int) -> Iterator[list[_Client]]:
    """So many connections to a server."""
    parts = urlsplit(url)
    made = [_Client((parts.hostname or "127.0.0.1", parts.port or 80)) for _ in range(clients)]
    try:
        yield made
    finally:
        for each in made:
            each.socket.close()


def load(url: str, clients: int, following: Next, until: Until, mark: bytes = b"") -> Load:
    """Has so many clients ask at once until it is over; what is under way then is waited for.

    Raises NoAnswer.
    """
    with connected(url, clients) as crowd, _without_collector():
        return _run(crowd, following, until, mark)


def once(url: str, request: bytes) -> tuple[str, bytes]:
    """The status line of one answer, and its body as it was sent. Raises NoAnswer."""
    with connected(url, 1) as (client,):
        client.ask(request)
        while not client.receive():
            pass
        status = client.head.partition(b"\r\n")[0].decode("latin-1")
        body = bytes(client.read[client.head_end :])
        return status, body if client.length >= 0 else _unchunked(body)


def _run(crowd: list[_Client], following: Next, until: Until, mark: bytes) -> Load:
    found = Load()
    waiting = _Waiting(found)
    began, began_cpu = time.perf_counter(), time.process_time()
    for each in crowd:
        each.ask(following())
        waiting.add(each)
    while len(waiting):
        for client in waiting.ready(following):
            now = time.perf_counter()
            _note(found, client, now, mark)
            if now - began < until.seconds or len(found.times) + len(waiting) <= until.answers:
                client.ask(following())
            else:
                # Servers close what is idle, while others still wait.
                waiting.remove(client)
    found.seconds = time.perf_counter() - began
    found.cpu = time.process_time() - began_cpu
    return found


class _Waiting:
    """The clients that wait for an answer."""

    def __init__(self, found: Load) -> None:
        self._found = found
        self._poll = select.epoll()
        self._clients: dict[int, _Client] = {}

    def __len__(self) -> int:
        return len(self._clients)

    def add(self, client: _Client) -> None:
        self._clients[client.socket.fileno()] = client
        self._poll.register(client.socket.fileno(), select.EPOLLIN)

    def remove(self, client: _Client) -> None:
        self._poll.unregister(client.socket.fileno())
        del self._clients[client.socket.fileno()]

    def ready(self, following: Next) -> Iterator[_Client]:
        """Those whose answer is whole; who was hung up on asks something else."""
        ready = self._poll.poll(PATIENCE)
        if not ready:
            raise NoAnswer(f"nothing came for {PATIENCE:g} s")
        for number, _ in ready:
            client = self._clients[number]
            try:
                if client.receive():
                    yield client
            except (NoAnswer, ConnectionError) as error:
                self.remove(client)
                _begin_again(self._found, client, error)
                client.ask(following())
                self.add(client)


def _begin_again(found: Load, client: _Client, error: Exception) -> None:
    """Connects again where a server has hung up; that counts as a failure. Raises NoAnswer."""
    found.times.append(time.perf_counter() - client.began)
    found.failed.append(str(error))
    if len(found.failed) > MOST_FAILURES:
        raise NoAnswer(f"{MOST_FAILURES} failures, the last: {error}") from error
    client.socket.close()
    client.connect()


def _note(found: Load, client: _Client, now: float, mark: bytes) -> None:
    found.times.append(now - client.began)
    found.bytes += len(client.read) - client.head_end
    if client.read[9:10] != b"2":
        found.failed.append(client.head.partition(b"\r\n")[0].decode("latin-1"))
    if mark and mark in client.head.lower():
        found.marked += 1


def _unchunked(body: bytes) -> bytes:
    whole = bytearray()
    at = 0
    while True:
        end = body.index(b"\r\n", at)
        size = int(body[at:end].partition(b";")[0], 16)
        if not size:
            return bytes(whole)
        whole += body[end + 2 : end + 2 + size]
        at = end + 2 + size + 2


@contextmanager
def _without_collector() -> Iterator[None]:
    """A collection of garbage in the client would be taken for a slow server."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
