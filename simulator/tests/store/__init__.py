"""Tests of the store, a file for each of its files and one state machine over all of it."""
