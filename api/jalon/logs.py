"""The log of the service: one line an event, for people or for machines.

Modules log as ever, ``logging.getLogger(__name__)``; ``extra=`` adds fields. Times are UTC, and
what is logged while a request is served has its id in ``request``.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections import deque
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any, Literal

from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.typing import Processor

from jalon import account

Form = Literal["json", "text"]

MOST_LINES = 10_000
"""Lines that wait for who reads the log; more are lost, and counted."""

GATHER_SECONDS = 0.05
"""How long after some lines the next are gathered: each time that who writes them is woken costs
who serves requests."""

PATIENCE_SECONDS = 2.0
"""How long the end of the service waits for who reads the log."""

SECRETS = (
    re.compile(r"(jalon_)[0-9A-Za-z]{1,64}_[0-9A-Za-z]+"),
    re.compile(r"((?:bearer|basic) +)(?=\S*[0-9])[0-9A-Za-z._~+/=-]{8,}", re.IGNORECASE),
)
"""What looks like a secret; nobody logs one, and a message from elsewhere could hold one."""

HIDDEN = r"\1[hidden]"

_PLAIN = re.compile(r"[^\s\"'=\\]+")
_FIRST = ("time", "level", "logger", "event")
# What the server adds for terminals, and what other handlers leave behind.
_UNTOLD = ("color_message", "message", "asctime", "told")

Event = MutableMapping[str, Any]


@contextmanager
def logging_to(stream: IO[str], form: Form | None = None) -> Iterator[LogWriter]:
    """Everything that is logged goes to a stream: as text where it is a terminal, else as JSON.

    ``form`` chooses. Where who reads the stream does not, nothing waits: lines are lost.
    """
    writer = LogWriter(stream)
    writer.setFormatter(formatter(form or ("text" if stream.isatty() else "json")))
    root = logging.getLogger()
    level = root.level
    root.addHandler(writer)
    root.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    try:
        yield writer
    finally:
        logging.captureWarnings(capture=False)
        root.setLevel(level)
        root.removeHandler(writer)
        writer.close()


def formatter(form: Form) -> logging.Formatter:
    """Writes an event as one line of JSON, or as text in which nothing but a trace has lines."""
    before: tuple[Processor, ...] = (
        ExtraAdder(),
        _placed,
        TimeStamper(fmt="iso", utc=True, key="time"),
        format_exc_info,
    )
    render: Processor = JSONRenderer() if form == "json" else _text
    make = _JsonLines if form == "json" else ProcessorFormatter
    return make(
        processors=(ProcessorFormatter.remove_processors_meta, _ordered, render, _without_secrets),
        foreign_pre_chain=before,
    )


class Told(logging.LogRecord):
    """A record of level INFO with fields, for what is logged most: made in a tenth of the time.

    It is written as any other with the same fields, and says nothing of where it was made.
    """

    def __init__(self, name: str, event: str, told: dict[str, str | int | float]) -> None:
        now = time.time()
        self.__dict__.update(_SILENT)
        self.__dict__.update(told)
        self.name, self.msg, self.told = name, event, told
        self.created, self.msecs = now, now % 1 * 1000


_SILENT = logging.LogRecord("", logging.INFO, "", 0, "", None, None).__dict__
_ENCODE = json.JSONEncoder().encode


class _JsonLines(ProcessorFormatter):
    """The same lines; those of ``Told`` are made in a tenth of the time."""

    _second = 0
    _shown = ""

    def format(self, record: logging.LogRecord) -> str:
        if not isinstance(record, Told):
            return super().format(record)
        head = {"time": self._time(record.created), "level": "info"}
        line = _ENCODE({**head, "logger": record.name, "event": record.msg, **record.told})
        # All that could be taken for a secret begins with one of these.
        if any(sign in line.lower() for sign in ("jalon_", "bearer", "basic")):
            return _without_secrets(None, "", line)
        return line

    def _time(self, created: float) -> str:
        """A time as structlog writes it; that of the same second is known but for its end."""
        second = int(created)
        if self._second != second:
            self._second = second
            self._shown = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._shown}.{int((created - second) * 1e6):06d}Z"


class LogWriter(logging.Handler):
    """Writes lines in a thread of its own, so that a reader who stalls holds nobody up."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__()
        self.lost = 0
        self._stream = stream
        self._given_up = False
        self._lines: deque[str] = deque()
        self._news = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._write_all, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Puts a line in the queue; counts it as lost where there is no room."""
        if len(self._lines) >= MOST_LINES:
            self.lost += 1
            return
        try:
            self._lines.append(self.format(record))
        except Exception:  # noqa: BLE001 (the edge: what cannot be formatted stops nobody)
            self.lost += 1
            return
        if not self._news.is_set():
            self._news.set()

    def close(self) -> None:
        """Waits a moment until all is written; what is not by then is lost."""
        super().close()
        self._ending.set()
        self._news.set()
        self._thread.join(PATIENCE_SECONDS)
        self._given_up = True

    def _write_all(self) -> None:
        told = 0
        while not self._given_up and (self._lines or not self._ending.is_set()):
            self._news.wait()
            # Before they are taken: of who comes later there is news again.
            if not self._ending.is_set():
                self._news.clear()
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            if not lines:
                continue
            try:
                self._stream.write("\n".join([*lines, ""]))
                if self.lost > told:
                    told = self.lost
                    self._stream.write(f"{self.format(_loss(told))}\n")
                self._stream.flush()
            except (OSError, ValueError):
                self.lost += len(lines)
            self._ending.wait(GATHER_SECONDS)


def _loss(lines: int) -> logging.LogRecord:
    said = {"msg": "%s lines of the log are lost", "args": (lines,), "levelno": logging.WARNING}
    return logging.makeLogRecord({**said, "levelname": "WARNING", "name": __name__})


def _placed(_logger: object, _method: str, event: Event) -> Event:
    """Adds who says it, how serious it is, and for which request."""
    record: logging.LogRecord = event["_record"]
    event["level"], event["logger"] = record.levelname.lower(), record.name
    served = account.current()
    if served is not None:
        event.setdefault("request", served.request)
    return event


def _ordered(_logger: object, _method: str, event: Event) -> Event:
    """What every line has first; the rest as it was told."""
    told = {name: event[name] for name in _FIRST if name in event}
    rest = (name for name in event if name not in _FIRST and name not in _UNTOLD)
    return {**told, **{name: event[name] for name in rest}}


def _text(_logger: object, _method: str, event: Event) -> str:
    """Time, level and message, then the fields as name=value; a trace follows, indented."""
    when, level = str(event.pop("time"))[:19], str(event.pop("level"))
    message, trace = _shown(str(event.pop("event"))), event.pop("exception", None)
    del event["logger"]
    fields = "".join(f" {name}={_value(value)}" for name, value in event.items())
    traced = "".join(f"\n    {_shown(row)}" for row in str(trace or "").splitlines())
    return f"{when}Z {level:<7} {message}{' ' if fields else ''}{fields}{traced}"


def _value(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) and text.isprintable() else json.dumps(text)


def _shown(text: str) -> str:
    """A text on one line, in which nothing commands a terminal."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in text.strip()
    )


def _without_secrets(_logger: object, _method: str, line: Event | str) -> str:
    written = str(line)
    for secret in SECRETS:
        written = secret.sub(HIDDEN, written)
    return written
