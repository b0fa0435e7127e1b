"""Checks of the dispatch API (seed 000), a file for each group of rules."""
