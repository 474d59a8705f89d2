"""Which texts are of a datatype (XML Schema 1.1), and which values it shares with others."""

from __future__ import annotations

import pytest

from jalon.reasoning.rules.literals import Literals, known_datatypes
from jalon.reasoning.rules.terms import iri
from jalon.reasoning.usefulness import XSD

RIGHT = {
    "integer": ["0", "+5", "-07", "9" * 5000],
    "decimal": ["5", "5.", ".5", "-0.50"],
    "double": ["0", "1e5", "-1.5E-7", "INF", "-INF", "NaN"],
    "boolean": ["true", "0"],
    "byte": ["-128", "127"],
    "unsignedByte": ["255", "+0"],
    "negativeInteger": ["-1"],
    "date": ["2020-02-29", "2000-02-29", "12020-04-30+14:00", "-0044-03-15Z"],
    "dateTime": ["2020-04-30T23:59:59.5", "2020-04-30T24:00:00Z"],
    "dateTimeStamp": ["2020-04-30T23:59:59-05:00"],
    "time": ["12:00:00.5"],
    "gYear": ["2018", "-0044", "12018Z"],
    "gYearMonth": ["2018-12"],
    "gMonth": ["--12"],
    "gMonthDay": ["--02-29"],
    "gDay": ["---31"],
    "token": ["", "a b"],
    "language": ["fr-CA"],
    "Name": ["a:b"],
    "NCName": ["élan-1"],
    "hexBinary": ["", "0aFF"],
    "base64Binary": ["", "AAA=", "AA A="],
    "string": ["", "a\\nb"],
}
WRONG = {
    "integer": ["", "5.0", "٣", " 5", "1_000"],
    "decimal": [".", "1e5", "much"],
    "double": ["", "e5", "inf"],
    "boolean": ["TRUE", "yes"],
    "byte": ["128", "-129", "1.0"],
    "negativeInteger": ["0"],
    "date": ["2019-02-29", "1900-02-29", "2020-04-31", "2020-02-30", "2020-4-3", "20-04-03"],
    "dateTime": ["2020-04-30", "2020-04-30T24:00:01", "2020-04-30T23:59:60"],
    "dateTimeStamp": ["2020-04-30T23:59:59"],
    "time": ["12:00"],
    "gYear": ["18", "02018"],
    "gMonth": ["--13"],
    "token": [" a", "a  b", "a\\tb"],
    "language": ["french_canadian"],
    "NCName": ["a:b", "1a"],
    "hexBinary": ["abc"],
    "base64Binary": ["AAA", "=AAA"],
}


def literals(*texts: tuple[str, str]) -> tuple[Literals, range]:
    """Literals by text and datatype, and their numbers."""
    known = known_datatypes()
    terms = [*known, *(f'"{text}"^^<{XSD}{datatype}>'.encode() for datatype, text in texts)]
    return Literals(terms), range(len(known), len(terms))


@pytest.mark.parametrize("datatype", RIGHT)
def test_a_text_as_it_may_be_written_has_a_value(datatype: str) -> None:
    known, _ = literals(*((datatype, text) for text in RIGHT[datatype]))
    assert list(known.malformed()) == []


@pytest.mark.parametrize("datatype", WRONG)
def test_a_text_that_may_not_be_written_has_none(datatype: str) -> None:
    known, numbers = literals(*((datatype, text) for text in WRONG[datatype]))
    assert {literal for literal, _ in known.malformed()} == set(numbers)


@pytest.mark.parametrize(
    ("one", "datatype", "has"),
    [
        (("integer", "5"), "xsd:byte", True),
        (("integer", "500"), "xsd:byte", False),
        (("decimal", "5.0"), "xsd:integer", True),
        (("decimal", "5.5"), "xsd:integer", False),
        (("integer", "5"), "xsd:double", False),
        (("float", "5"), "xsd:double", False),
        (("string", "fr"), "xsd:language", True),
        (("string", "a  b"), "xsd:token", False),
        (("NCName", "a"), "xsd:string", True),
        (("string", "2020"), "xsd:gYear", False),
        (("dateTimeStamp", "2020-04-30T23:59:59Z"), "xsd:dateTime", True),
        (("dateTime", "2020-04-30T23:59:59"), "xsd:dateTimeStamp", False),
        (("string", "a"), "rdf:PlainLiteral", True),
        (("integer", "5"), "rdf:PlainLiteral", False),
        (("integer", "5"), "rdfs:Literal", True),
        (("integer", "five"), "xsd:integer", None),
        (("unheardOf", "5"), "xsd:integer", None),
    ],
)
def test_a_value_is_of_every_datatype_that_it_lies_in(
    one: tuple[str, str], datatype: str, has: bool | None
) -> None:
    known, numbers = literals(one)
    assert known.has(known_datatypes().index(iri(datatype)), numbers[0]) is has


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        (("integer", "5"), ("decimal", "5.0"), False),
        (("integer", "5"), ("integer", "05"), False),
        (("integer", "5"), ("integer", "6"), True),
        (("integer", "5"), ("string", "5"), True),
        (("string", "a"), ("string", "b"), True),
    ],
)
def test_values_differ_unless_they_are_the_same_number_or_text(
    one: tuple[str, str], other: tuple[str, str], differ: bool
) -> None:
    known, numbers = literals(one, other)
    assert known.differ(*numbers) is differ
    assert not known.differ(numbers[0], numbers[0])
