"""The meta API (seed 003) under load: watches whose views have to follow what List shows.

The API only reads, so writes go through `gridproof.control.v1.MetaControl`. Without that hook a run
is read-only: watches of all four kinds wait for whatever happens.
"""
