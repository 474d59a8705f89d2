"""Where the content is: the pack to serve, and the core layer that packs inherit."""

from __future__ import annotations

import logging
from pathlib import Path

from jalon.errors import PackNotFound

PACKAGE = Path(__file__).resolve().parents[1]
PACK_MANIFEST = "pack.toml"
CORE_MANIFEST = "core.toml"

_log = logging.getLogger(__name__)


def find_pack(chosen: Path | None, package: Path = PACKAGE) -> Path:
    """The folder of the pack: ``chosen``, else the checkout's root, else the wheel's own copy.

    Raises PackNotFound where that folder has no pack.toml. The choice is logged.
    """
    if chosen is not None:
        root = chosen.expanduser().resolve()
        if not (root / PACK_MANIFEST).is_file():
            raise PackNotFound(folder=str(root), file=PACK_MANIFEST)
        _log.info("content pack: %s, as chosen", root)
        return root
    return _nearest(PACK_MANIFEST, package)


def find_core(package: Path = PACKAGE) -> Path:
    """The folder of core.toml, looked for in the same places; PackNotFound where there is none."""
    return _nearest(CORE_MANIFEST, package)


def _nearest(manifest: str, package: Path) -> Path:
    for root in (package.parents[1], package / "_pack"):
        if (root / manifest).is_file():
            _log.info("%s: %s", manifest, root)
            return root
    raise PackNotFound(folder=str(package / "_pack"), file=manifest)
