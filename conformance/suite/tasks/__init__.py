"""Checks of the tasks API (seed 001)."""
