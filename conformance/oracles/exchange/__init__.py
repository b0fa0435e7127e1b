"""Models of what is right in the exchange API: records, versions, queries, sharing, SQL results.

They read plain values and hold no engine: no GraphQL library, no SQL library, no database.
"""
