"""Trials with software that we did not write, each in an environment of its own.

`python -m interop NAME` builds a virtual environment for the named peer, runs its script there
against `gridproof serve` from the present environment, and says what agreed. Nothing of the peers
is imported here, so their pins never meet ours.
"""
