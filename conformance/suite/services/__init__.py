"""Checks of the services API (seed 004)."""
