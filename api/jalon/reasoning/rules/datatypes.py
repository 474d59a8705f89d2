"""The datatypes of OWL 2 RL and those of XML Schema for times: which values they have.

A literal has one value, and a value may be of several datatypes: "5"^^xsd:integer is of xsd:byte,
too (dt-type2). What is compared is the value where it is a number, else its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from jalon.reasoning.rules.terms import iri

LONGEST = 4000
"""Longer texts are taken for no number: Python refuses to read as many digits."""

_ZONE = r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
_YEAR = r"-?([1-9][0-9]{3,}|0[0-9]{3})"
_MONTH = r"(0[1-9]|1[0-2])"
_DAY = r"(0[1-9]|[12][0-9]|3[01])"
_DATE = f"{_YEAR}-{_MONTH}-{_DAY}"
_TIME = r"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)"
_DECIMAL = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"
_DOUBLE = rf"{_DECIMAL}([eE][+-]?[0-9]+)?|[+-]?INF|NaN"
_NAME = r"[^\W0-9][\w.\-·]*"
_ANY = r".*"
_SHORT_MONTH = r".*(-(0[469]|11)-31|-02-3).*"
_LEAP_DAY = r"(-?[0-9]{4,})-02-29"
_CENTURY, _LEAP, _LEAP_CENTURY = 100, 4, 400


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a literal: in which space it lies, its text, and the number that it is."""

    space: str
    text: str
    number: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Datatype:
    """What is of a datatype: a value of its space whose text and number are right.

    ``text`` is a regular expression. It is compiled when it is first asked for, as most never are.
    """

    space: str
    text: str = _ANY
    holds: Callable[[str], bool] | None = None
    whole: bool = False
    least: int | None = None
    most: int | None = None

    def value(self, text: str) -> Value | None:
        """The value of a text with this datatype; None where there is none."""
        if not self._is_written(text):
            return None
        if self.space != "number":
            return Value(self.space, text)
        value = Value(self.space, text, Fraction(text) if len(text) <= LONGEST else None)
        return value if self.has(value) else None

    def has(self, value: Value) -> bool:
        """Whether a value is of this datatype."""
        if value.space != self.space:
            return False
        if value.number is None:
            return self._is_written(value.text)
        whole = value.number.denominator == 1 or not self.whole
        above = self.least is None or value.number >= self.least
        return whole and above and (self.most is None or value.number <= self.most)

    def _is_written(self, text: str) -> bool:
        if re.fullmatch(self.text, text, re.DOTALL) is None:
            return False
        return self.holds is None or self.holds(text)


def _is_day(text: str) -> bool:
    """Whether the month of a date has such a day."""
    leap = re.match(_LEAP_DAY, text)
    if leap is None:
        return re.fullmatch(_SHORT_MONTH, text) is None
    year = int(leap[1][-4:])
    return year % _LEAP == 0 and (year % _CENTURY != 0 or year % _LEAP_CENTURY == 0)


def _is_of_fours(text: str) -> bool:
    return len(text.replace(" ", "")) % 4 == 0


def _integers(least: int | None = None, most: int | None = None) -> Datatype:
    return Datatype("number", r"[+-]?[0-9]+", whole=True, least=least, most=most)


def _signed(bits: int) -> Datatype:
    return _integers(-(1 << bits - 1), (1 << bits - 1) - 1)


def datatypes() -> dict[bytes, Datatype]:
    """The datatypes by their terms, without rdf:PlainLiteral and rdfs:Literal, which have all."""
    named = {
        "xsd:decimal": Datatype("number", _DECIMAL),
        "xsd:integer": _integers(),
        "xsd:nonNegativeInteger": _integers(least=0),
        "xsd:nonPositiveInteger": _integers(most=0),
        "xsd:positiveInteger": _integers(least=1),
        "xsd:negativeInteger": _integers(most=-1),
        "xsd:long": _signed(64),
        "xsd:int": _signed(32),
        "xsd:short": _signed(16),
        "xsd:byte": _signed(8),
        "xsd:unsignedLong": _integers(0, (1 << 64) - 1),
        "xsd:unsignedInt": _integers(0, (1 << 32) - 1),
        "xsd:unsignedShort": _integers(0, (1 << 16) - 1),
        "xsd:unsignedByte": _integers(0, (1 << 8) - 1),
        "xsd:float": Datatype("float", _DOUBLE),
        "xsd:double": Datatype("double", _DOUBLE),
        "xsd:boolean": Datatype("boolean", r"true|false|1|0"),
        "xsd:string": Datatype("text"),
        "xsd:normalizedString": Datatype("text", r"[^\t\r\n]*"),
        "xsd:token": Datatype("text", r"([^\t\r\n ]+( [^\t\r\n ]+)*)?"),
        "xsd:language": Datatype("text", r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*"),
        "xsd:Name": Datatype("text", rf":?{_NAME}(:[\w.\-·]*)*"),
        "xsd:NCName": Datatype("text", _NAME),
        "xsd:NMTOKEN": Datatype("text", r"[\w.\-:·]+"),
        "xsd:hexBinary": Datatype("hexBinary", r"([0-9a-fA-F]{2})*"),
        "xsd:base64Binary": Datatype("base64Binary", r"[A-Za-z0-9+/ ]*(= ?){0,2}", _is_of_fours),
        "xsd:anyURI": Datatype("anyURI"),
        "xsd:dateTime": Datatype("dateTime", f"{_DATE}T{_TIME}{_ZONE}?", _is_day),
        "xsd:dateTimeStamp": Datatype("dateTime", f"{_DATE}T{_TIME}{_ZONE}", _is_day),
        "xsd:date": Datatype("date", f"{_DATE}{_ZONE}?", _is_day),
        "xsd:time": Datatype("time", f"{_TIME}{_ZONE}?"),
        "xsd:gYear": Datatype("gYear", f"{_YEAR}{_ZONE}?"),
        "xsd:gYearMonth": Datatype("gYearMonth", f"{_YEAR}-{_MONTH}{_ZONE}?"),
        "xsd:gMonth": Datatype("gMonth", f"--{_MONTH}{_ZONE}?"),
        "xsd:gMonthDay": Datatype("gMonthDay", f"--{_MONTH}-{_DAY}{_ZONE}?"),
        "xsd:gDay": Datatype("gDay", f"---{_DAY}{_ZONE}?"),
        "rdf:XMLLiteral": Datatype("XMLLiteral"),
        "rdf:HTML": Datatype("HTML"),
        "rdf:langString": Datatype("tagged"),
    }
    return {iri(name): datatype for name, datatype in named.items()}
