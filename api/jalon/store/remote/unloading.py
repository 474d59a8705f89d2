"""All of a release as lines for an engine.

Started as ``python -m jalon.store.remote.unloading CHECKPOINT BASE`` by
``jalon.store.remote.mirror``, and by nobody else; it gives up the network.
"""

from __future__ import annotations

import sys

from pyoxigraph import Store

from jalon.store.confinement import leave_network
from jalon.store.remote.lines import all_of


def main() -> int:
    """Writes the lines to stdout."""
    leave_network()
    checkpoint, base = sys.argv[1:]
    store = Store.read_only(checkpoint)
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.writelines(map(str, all_of(store, base)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
