"""What triples say however they are written, and graphs compared by sums."""

from __future__ import annotations

import random

import pytest

from jalon.store.remote.tally import Tally
from jalon.store.remote.values import XSD, value_of


def triple(lexical: str, datatype: str, subject: str = "<a:s>") -> str:
    return f'{subject} <a:p> "{lexical}"^^<{XSD}{datatype}>'


@pytest.mark.parametrize(
    ("one", "other", "rounded"),
    [
        (("7000000", "decimal"), ("7000000.0", "decimal"), False),
        (("1.5", "decimal"), ("1.50", "decimal"), False),
        (("0", "decimal"), ("-0.0", "decimal"), False),
        (("1", "int"), ("+01", "integer"), False),
        (("9223372036854775808", "integer"), ("9223372036854775808", "decimal"), False),
        (("1", "double"), ("1.0e0", "double"), False),
        (("16777216", "float"), ("1.6777216E7", "float"), False),
        (("INF", "double"), ("INF", "double"), False),
        (("true", "boolean"), ("1", "boolean"), False),
        (("2020-01-01T00:00:00.120Z", "dateTime"), ("2020-01-01T00:00:00.12Z", "dateTime"), False),
        (("2020-01-01Z", "date"), ("2020-01-01+00:00", "date"), False),
        (("P1D", "duration"), ("PT24H", "duration"), False),
        # As Virtuoso gives them.
        (("12345.678901234567", "double"), ("12345.7", "double"), True),
        (("340282350000000000000000000000000000000", "float"), ("3.40282e+38", "float"), True),
        (("1.123456789123456789", "decimal"), ("1.123456789123457", "decimal"), True),
        (("12:00:00.5Z", "time"), ("12:00:00.500Z", "time"), True),
        (("2020-01-01T00:00:00.1234567Z", "dateTime"), ("2020-01-01T00:00:00.123456Z", "dateTime"),
         True),
        (("-0044-03-15", "date"), ("-044-03-15", "date"), True),
        (("P1D", "duration"), ("86400.0", "duration"), True),
        (("P1Y2M", "yearMonthDuration"), ("14", "yearMonthDuration"), True),
    ],
)  # fmt: skip
def test_ways_to_write_a_value_are_one(
    one: tuple[str, str], other: tuple[str, str], rounded: bool
) -> None:
    read = [value_of(triple(*each), rounded=rounded) for each in (one, other)]
    assert read[0] == read[1] is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("1", "integer"), ("1", "double")),
        (("1", "double"), ("1", "float")),
        (("1", "integer"), ("1", "boolean")),
        (("1.1", "decimal"), ("1.10000000000000000001", "decimal")),
        (("2020-01-01", "date"), ("2020-01-01Z", "date")),
        (("2020", "gYear"), ("2020", "integer")),
        (("P1M", "duration"), ("P30D", "duration")),
        (("P1D", "duration"), ("-P1D", "duration")),
        (("some", "integer"), ("0", "integer")),
        (("1" + "0" * 60, "decimal"), ("INF", "decimal")),
    ],
)
def test_different_values_stay_so(one: tuple[str, str], other: tuple[str, str]) -> None:
    read = {value_of(triple(*each), rounded=False) for each in (one, other)}
    assert len(read) == 2


@pytest.mark.parametrize(
    "object_", ['"1"', '"a"@fr', "<a:o>", f"<{XSD}integer>", '"1"^^<a:t>', f'"\\"^^<{XSD}date>"']
)
def test_what_no_engine_writes_anew_has_no_such_value(object_: str) -> None:
    assert value_of(f"<a:s> <a:p> {object_}", rounded=True) is None


def tallied(triples: list[str]) -> Tally:
    tally = Tally()
    for each in triples:
        tally.add(each)
    return tally


def made(count: int) -> list[str]:
    plain = [f'<a:s{number}> <a:p> "{number}"' for number in range(count)]
    return plain + [triple(str(number), "decimal", f"<a:s{number}>") for number in range(count)]


def test_order_makes_no_difference() -> None:
    triples = made(200)
    other = triples.copy()
    random.Random(1).shuffle(other)  # noqa: S311 (no secret)
    compared = tallied(triples).compared(tallied(other))
    assert (compared.same, compared.rewritten, compared.ours, compared.theirs) == (
        True,
        0,
        400,
        400,
    )


@pytest.mark.parametrize("kind", [0, 200], ids=["plain", "typed"])
@pytest.mark.parametrize("how", ["gone", "more", "another"])
def test_one_of_many_is_noticed(kind: int, how: str) -> None:
    triples = made(200)
    other = triples.copy()
    taken = other.pop(kind + 7)
    if how == "more":
        other += [taken, taken.replace("a:s", "a:x")]
    if how == "another":
        other.append(taken.replace("a:s", "a:x"))
    compared = tallied(triples).compared(tallied(other))
    assert not compared.same
    assert compared.theirs - compared.ours == {"gone": -1, "more": 1, "another": 0}[how]


def test_what_is_written_otherwise_is_counted_and_is_the_same() -> None:
    triples = made(200)
    other = [each.replace('7"^^', '7.0"^^') for each in triples]
    compared = tallied(triples).compared(tallied(other))
    assert (compared.same, compared.rewritten) == (True, 20)
    # Two ways to write a value, which an engine keeps as one.
    twice = [*triples, triple("1.0", "decimal", "<a:s1>")]
    assert tallied(twice).compared(tallied(triples)).same
