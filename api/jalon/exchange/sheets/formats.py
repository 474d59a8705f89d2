"""The formats that sheets are filled in and sent back in."""

from __future__ import annotations

from collections.abc import Mapping

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
SHEETS: Mapping[str, str] = {".xlsx": XLSX, ".csv": CSV}
"""The media types of sheets, by the ends of file names."""
