"""The log of the service: one line an event, for people or for machines.

Modules log as ever, ``logging.getLogger(__name__)``; ``extra=`` adds fields. Times are UTC, and
what is logged while a request is served has its id in ``request``.
"""

from __future__ import annotations

import json
import logging
import queue
import re
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from typing import IO, Any, Literal

from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.typing import Processor

from jalon import account

Form = Literal["json", "text"]

MOST_LINES = 10_000
"""Lines that wait for who reads the log; more are lost, and counted."""

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
_UNTOLD = ("color_message", "message", "asctime")

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
    return ProcessorFormatter(
        processors=(ProcessorFormatter.remove_processors_meta, _ordered, render, _without_secrets),
        foreign_pre_chain=before,
    )


class LogWriter(logging.Handler):
    """Writes lines in a thread of its own, so that a reader who stalls holds nobody up."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__()
        self.lost = 0
        self._stream = stream
        self._given_up = False
        self._lines: queue.Queue[str | None] = queue.Queue(MOST_LINES)
        self._thread = threading.Thread(target=self._write_all, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Puts a line in the queue; counts it as lost where there is no room."""
        try:
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            self.lost += 1
        except Exception:  # noqa: BLE001 (the edge: what cannot be formatted stops nobody)
            self.lost += 1

    def close(self) -> None:
        """Waits a moment until all is written; what is not by then is lost."""
        super().close()
        with suppress(queue.Full):
            self._lines.put(None, timeout=PATIENCE_SECONDS)
        self._thread.join(PATIENCE_SECONDS)
        self._given_up = True

    def _write_all(self) -> None:
        told = 0
        while (line := self._lines.get()) is not None and not self._given_up:
            try:
                self._stream.write(f"{line}\n")
                if self.lost > told:
                    told = self.lost
                    self._stream.write(f"{self.format(_loss(told))}\n")
                self._stream.flush()
            except (OSError, ValueError):
                self.lost += 1


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
    time, level = str(event.pop("time"))[:19], str(event.pop("level"))
    message, trace = _shown(str(event.pop("event"))), event.pop("exception", None)
    del event["logger"]
    fields = "".join(f" {name}={_value(value)}" for name, value in event.items())
    traced = "".join(f"\n    {_shown(row)}" for row in str(trace or "").splitlines())
    return f"{time}Z {level:<7} {message}{' ' if fields else ''}{fields}{traced}"


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


def _without_secrets(_logger: object, _method: str, line: Event) -> str:
    written = str(line)
    for secret in SECRETS:
        written = secret.sub(HIDDEN, written)
    return written
