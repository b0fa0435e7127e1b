"""The reference implementation: simulated microgrid, stores, services and their server."""
