"""SHACL engines behind the port; which one is the operator's choice (JALON_SHACL)."""
