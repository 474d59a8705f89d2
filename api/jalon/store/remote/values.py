"""What triples say, whichever way an engine writes their numbers, booleans, dates and durations.

What is here of Virtuoso 7.2 and TDB2 was measured: they keep values, not how they were written.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

XSD = "http://www.w3.org/2001/XMLSchema#"
_SUBJECT_PREDICATE_OBJECT = 3
_PLACES = 15
"""Of decimals: Virtuoso keeps so many behind the point."""

_WHOLE = (
    *("integer", "int", "long", "short", "byte", "unsignedLong", "unsignedInt", "unsignedShort"),
    *("unsignedByte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger"),
    *("negativeInteger", "decimal"),
)
_DURATION = re.compile(
    r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?"
    r"(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_MOMENT = re.compile(r"(-?\d+)((?:[-:].*?)?)(?:\.(\d+))?(Z|[-+]\d\d:\d\d)?")
_NUMBER = re.compile(r"-?\d+(\.\d*)?")


def value_of(triple: str, *, rounded: bool) -> str | None:
    """What an N-Triples triple says, where its object is of a kind that engines write anew.

    The same for all ways to write it; None of any other triple. ``rounded``: as Virtuoso gives it,
    with six digits of a double and a float, fifteen places of a decimal, microseconds.
    """
    if not triple.endswith(">") or f'"^^<{XSD}' not in triple:
        return None
    parts = triple.split(" ", _SUBJECT_PREDICATE_OBJECT - 1)
    written, mark, datatype = parts[-1].rpartition(f'"^^<{XSD}')
    read = _READ.get(datatype[:-1])
    if not mark or read is None:
        return None
    lexical = written[1:].strip()
    try:
        value = read(lexical, rounded)
    except (ValueError, InvalidOperation, OverflowError):
        value = f"{datatype} {lexical}"
    return " ".join((*parts[:-1], value))


def _whole(lexical: str, rounded: bool) -> str:
    value = Decimal(lexical)
    if not value.is_finite():
        raise ValueError(lexical)
    text = format(value, f".{_PLACES}f" if rounded else "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "number " + ("0" if text in ("-0", "") else text)


def _double(lexical: str, rounded: bool) -> str:
    value = float(lexical)
    return f"double {value:.6g}" if rounded else f"double {value!r}"


def _float(lexical: str, rounded: bool) -> str:
    [value] = struct.unpack("f", struct.pack("f", float(lexical)))
    return f"float {value:.6g}" if rounded else f"float {value!r}"


def _boolean(lexical: str, _rounded: bool) -> str:
    return "boolean " + {"1": "true", "0": "false"}.get(lexical, lexical)


def _duration(lexical: str, _rounded: bool) -> str:
    # Virtuoso gives months as whole numbers, and seconds with a point.
    if plain := _NUMBER.fullmatch(lexical):
        kind = "seconds" if plain[1] else "months"
        return f"duration {Decimal(lexical).normalize():f} {kind}"
    found = _DURATION.fullmatch(lexical)
    if found is None:
        raise ValueError(lexical)
    sign = -1 if found[1] else 1
    years, months, days, hours, minutes, seconds = (
        Decimal(each or 0) for each in found.groups()[1:]
    )
    all_months = sign * (12 * years + months)
    all_seconds = sign * (((24 * days + hours) * 60 + minutes) * 60 + seconds)
    said = [f"{all_months.normalize():f} months"] if all_months else []
    if all_seconds or not said:
        said.append(f"{all_seconds.normalize():f} seconds")
    return " ".join(("duration", *said))


def _moment(lexical: str, rounded: bool) -> str:
    found = _MOMENT.fullmatch(lexical)
    if found is None:
        raise ValueError(lexical)
    first, rest, fraction, zone = (each or "" for each in found.groups())
    places = fraction[:6] if rounded else fraction
    said = f"{int(first)}{rest}.{places.rstrip('0')}{zone.replace('+00:00', 'Z')}"
    return f"moment {said}"


_READ: Mapping[str, Callable[[str, bool], str]] = {
    **dict.fromkeys(_WHOLE, _whole),
    "double": _double,
    "float": _float,
    "boolean": _boolean,
    **dict.fromkeys(("duration", "dayTimeDuration", "yearMonthDuration"), _duration),
    **dict.fromkeys(("date", "dateTime", "time", "gYear", "gYearMonth"), _moment),
}
