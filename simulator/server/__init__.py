"""Hosting: one event loop that carries the services, the world and its clock.

gRPC with ready-made bytes, REST for every API whose contract says how, pages for people and
monitors, TLS, keys and signatures, health, reflection. Both doors share what happens to a call
(`calls`) and to a stream (`streams`). Services know nothing of this package.
"""
