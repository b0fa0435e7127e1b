"""What stops a load run, as types.

LoadError                carries the exit code
  UsageError             2  a wrong option, expression, file or scenario name
    Refused              2  the safety rules forbid the run
  Unreachable            3  the target does not answer
  HarnessError           4  our own fault: a lost worker, a leaked call, a dead engine
  Inconclusive           5  the run ended before there was something to judge
    Interrupted          5  someone pressed Ctrl-C or asked the process to end
"""

from __future__ import annotations

from fixtures.terminal import Exit


class LoadError(Exception):
    """Base of everything that stops a load run; the text is one sentence for people."""

    exit = Exit.ERROR


class UsageError(LoadError):
    """A wrong option, expression, file or name."""

    exit = Exit.USAGE


class Refused(UsageError):
    """The safety rules forbid the run."""


class Unreachable(LoadError):
    """The target does not answer."""

    exit = Exit.UNREACHABLE


class HarnessError(LoadError):
    """A fault of the load test itself."""


class Inconclusive(LoadError):
    """The run ended before there was something to judge."""

    exit = Exit.INCONCLUSIVE


class Interrupted(Inconclusive):
    """The run was asked to end early."""
