"""Checks of the meta API (seed 003), a file for each group of rules."""
