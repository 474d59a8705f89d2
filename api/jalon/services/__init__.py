"""Use cases: what the service does, apart from how it is asked over HTTP."""
