"""An engine of others behind the port: a mirror of the newest release that answers queries."""
