"""How to reach a target: its profile, credentials, calls, and one adapter per API.

Checks act only through an adapter: it records what is created, tags it with the run, spends from
the call budget and cleans up.
"""
