"""Benchmarks: each a ratio of two things measured in one run; on demand, never part of a test."""
