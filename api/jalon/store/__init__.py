"""The queryable index: a port, its Oxigraph engine, snapshots and the processes that read them."""
