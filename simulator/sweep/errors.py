"""What stops a sweep as a whole. A run that fails is a row of the results instead.

SweepError          wrong usage, or an --out directory that belongs to something else
Unreachable         the cluster does not answer, or it lost its workers
WorkersLost         a local worker process died
"""


class SweepError(ValueError):
    """The sweep as it was asked for cannot be done; one sentence for people."""


class Unreachable(Exception):
    """A cluster is not there, or not any more."""


class WorkersLost(Exception):
    """A worker process ended in the middle of a run."""
