"""The ledger: every accepted change in order, durable, each bound to the one before it."""
