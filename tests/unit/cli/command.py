"""The command in this process, on a data folder of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner, Result

from jalon.cli import app
from jalon.ledger.ledger import PLACE


@dataclass(frozen=True, slots=True)
class Command:
    """Runs ``jalon`` with a data folder and in a language."""

    folder: Path
    language: str = "en"
    set_ledger: str | None = None

    @property
    def ledger(self) -> Path:
        """Where the ledger of the data folder stands."""
        return self.folder / PLACE

    def __call__(self, *arguments: str) -> Result:
        environment = {
            "JALON_DATA_DIR": str(self.folder),
            "JALON_LEDGER": self.set_ledger,
            "LANG": f"{self.language}_CA.UTF-8",
            "LC_ALL": None,
            "LC_MESSAGES": None,
            "COLUMNS": "200",
        }
        return CliRunner().invoke(app, arguments, env=environment)
