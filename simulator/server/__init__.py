"""Hosting: one event loop that carries the services, the world and its clock.

gRPC with ready-made bytes, HTTP for people and monitors, TLS, keys and signatures, health,
reflection. Services know nothing of this package.
"""
