"""Where in a document the things stand that a report speaks of."""
