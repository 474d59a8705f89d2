from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import pytest

from jalon.account import note, open_account
from jalon.logs import MOST_LINES, Form, Told, logging_to

LOGGER = "jalon.somewhere"
TOKEN = "jalon_0123456789abcdef_" + "ab12" * 16


def written(say: Callable[[logging.Logger], object], form: Form = "json") -> str:
    stream = io.StringIO()
    with logging_to(stream, form):
        say(logging.getLogger(LOGGER))
    return stream.getvalue()


def events(say: Callable[[logging.Logger], object]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(say).splitlines()]


def test_an_event_is_a_line_of_json_with_its_fields() -> None:
    (event,) = events(lambda log: log.info("release %s: done", 7, extra={"quads": 3}))
    assert event.pop("time").endswith("Z")
    assert event == {"level": "info", "logger": LOGGER, "event": "release 7: done", "quads": 3}


def test_times_are_in_utc() -> None:
    (event,) = events(lambda log: log.info("now"))
    told = datetime.fromisoformat(event["time"])
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=1)


def test_a_trace_is_a_field_of_its_event() -> None:
    def fail(log: logging.Logger) -> None:
        try:
            int("what was wrong")
        except ValueError:
            log.exception("it failed")

    (event,) = events(fail)
    assert event["event"] == "it failed"
    assert event["exception"].endswith("'what was wrong'")
    first, *trace = written(fail, "text").splitlines()
    assert first.endswith("error   it failed")
    assert all(row.startswith("    ") for row in trace)
    assert trace[-1].strip().startswith("ValueError: ")


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize(
    "hostile", ["a\nb", "\x1b[2Jgone", "a\r\nb", "\u202eb", "\x9b31m", "\ud800"]
)
def test_what_is_told_never_makes_a_line_nor_commands_a_terminal(form: Form, hostile: str) -> None:
    text = written(lambda log: log.info("%s", hostile, extra={"field": hostile}), form)
    assert text.count("\n") == 1
    assert text[:-1].isprintable()


def test_text_is_for_people() -> None:
    text = written(lambda log: log.warning("look here", extra={"ms": 1.5, "why": "a b"}), "text")
    assert text[19:] == 'Z warning look here  ms=1.5 why="a b"\n'


def test_a_terminal_gets_text_and_anything_else_json() -> None:
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as shown, os.fdopen(theirs, "w") as terminal:
        with logging_to(terminal):
            logging.getLogger(LOGGER).info("hello")
        assert b"info    hello" in shown.read(1000)
    assert written(lambda log: log.info("hello")).startswith("{")


def test_what_is_done_for_a_request_has_its_id_in_tasks_and_threads() -> None:
    async def serve(name: str) -> None:
        open_account(name)
        log = logging.getLogger(LOGGER)
        await asyncio.sleep(0)
        await asyncio.create_task(_say(f"task of {name}"))
        await asyncio.to_thread(log.info, f"thread of {name}")

    async def all_at_once() -> None:
        await asyncio.gather(*(serve(name) for name in ("one", "two")))

    seen = events(lambda _log: asyncio.run(all_at_once()))
    assert {(each["event"], each["request"]) for each in seen} == {
        (f"{kind} of {name}", name) for kind in ("task", "thread") for name in ("one", "two")
    }
    (outside,) = events(lambda log: log.info("afterwards"))
    assert "request" not in outside


def test_what_is_noted_outside_of_a_request_is_lost() -> None:
    note("lane", "quick")


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize(
    "said", [TOKEN, f"Authorization: Bearer {TOKEN}", "bearer c2VjcmV0LXNlY3JldA==", f"x={TOKEN}&"]
)
def test_what_looks_like_a_secret_is_hidden(form: Form, said: str) -> None:
    text = written(lambda log: log.info("%s", said, extra={"field": said}), form)
    assert "ab12" not in text
    assert "c2VjcmV0" not in text
    assert text.count("[hidden]") >= 2


def test_warnings_of_libraries_are_events() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        (event,) = events(lambda _log: warnings.warn("old", DeprecationWarning, stacklevel=1))
    assert event["level"] == "warning"
    assert "DeprecationWarning: old" in event["event"]


@contextmanager
def unwilling(descriptor: int) -> Iterator[IO[str]]:
    """A stream whose end fails as all of it does."""
    stream = os.fdopen(descriptor, "w")
    try:
        yield stream
    finally:
        with suppress(OSError):
            stream.close()


def test_a_reader_who_stalls_holds_nobody_up_and_hears_of_what_is_lost() -> None:
    reading, writing = os.pipe()
    lines = 2 * MOST_LINES
    with unwilling(writing) as stream, os.fdopen(reading, "rb") as reader:
        with logging_to(stream) as writer:
            for number in range(lines):
                logging.getLogger(LOGGER).info("%s", number)
            assert 0 < writer.lost <= lines - MOST_LINES
            said = b""
            while b"lines of the log are lost" not in said:
                said += reader.read1(100_000)
        # It stalls again, and the end of the service does not wait for it.
        assert not stream.closed


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this machine has no /dev/full")
def test_a_device_that_takes_nothing_holds_nobody_up() -> None:
    with unwilling(os.open("/dev/full", os.O_WRONLY)) as stream:
        with logging_to(stream) as writer:
            logging.getLogger(LOGGER).info("nobody reads this")
        assert writer.lost == 1


def test_afterwards_everything_is_as_it_was() -> None:
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    written(lambda log: log.info("hello"))
    assert (list(root.handlers), root.level) == before


async def _say(text: str) -> None:
    logging.getLogger(LOGGER).info("%s", text)


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize(
    "said", ["a1", "jalon_12345678_abcdefgh", 'é "quoted"', "Bearer a1b2c3d4e5"]
)
def test_a_line_that_is_made_in_short_is_as_any_other(form: Form, said: str) -> None:
    fields: dict[str, str | int | float] = {"status": 200, "ms": 0.5, "request": said}
    short = written(lambda log: log.handle(Told(log.name, "request", fields)), form)
    ordinary = written(lambda log: log.info("request", extra=fields), form)
    hour = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")
    assert len(hour.findall(short)) == 1
    assert hour.sub("", short) == hour.sub("", ordinary)
