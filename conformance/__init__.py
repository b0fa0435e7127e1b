"""The judge: decides from outside whether an endpoint behaves as its API is documented.

It knows only the wire (`fixtures.contracts`) and shares no code with the reference server.
"""
