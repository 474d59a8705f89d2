"""Whether two servers give the same answer: what is fast and wrong is not compared."""

from __future__ import annotations

import json

from pyoxigraph import RdfFormat, parse

from bench.client import once
from bench.pairs import Contender
from bench.questions import CSV, JSON, Question


def differences(question: Question, ours: Contender, theirs: Contender) -> list[str]:
    """What is wrong with one of the two answers, or between them; nothing where they agree.

    Of a part of the solutions in no order, only how many there are is compared.
    """
    found = []
    bodies = []
    for contender in (ours, theirs):
        endpoint = contender.endpoint
        status, body = once(endpoint.url, endpoint.request(question))
        bodies.append(body)
        if " 200" not in status:
            found.append(f"{endpoint.url}: {status}: {body[:200]!r}")
    if found:
        return found
    try:
        first, second = (_rows(body, question.accept) for body in bodies)
    except (SyntaxError, ValueError, KeyError) as error:
        return [f"an answer is not in the format that was asked for: {error}"]
    if len(first) != len(second):
        return [f"{len(first)} and {len(second)} rows: {question.text[-200:]}"]
    part = "LIMIT" in question.text and "ORDER BY" not in question.text
    if not part and sorted(first) != sorted(second):
        return [f"other rows: {question.text[-200:]}"]
    return []


def _rows(body: bytes, accept: str) -> list[str]:
    if accept == JSON:
        said = json.loads(body)["results"]["bindings"]
        return [json.dumps(row, sort_keys=True) for row in said]
    if accept == CSV:
        return body.decode().splitlines()
    kind = RdfFormat.from_media_type(accept)
    return [str(each.triple) for each in parse(body, kind)] if kind else []
