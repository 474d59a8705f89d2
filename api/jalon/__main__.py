"""``python -m jalon``: the same as the ``jalon`` command."""

from jalon.cli import main

main()
