"""What the judge asks of an API, whichever it is: how to connect, what to gate, how to clean up.

`Api` is the whole list; `conformance.targets.apis` has one for each API that is judged. The fixture
of a check, the service of a ledger row and the key in the target file bear its name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from conformance.context import ProfileName
from conformance.recorder import Recorder
from conformance.requirements import Requirement
from conformance.targets.budget import Budget
from conformance.targets.client import Client
from conformance.targets.http_client import HttpClient
from conformance.targets.journal import Journal, Made
from conformance.targets.profile import Target
from fixtures.contracts import Contract


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a session is opened in.

    Attributes:
        target: the whole profile.
        budget: of the process.
        journal: of the process.
        run_id: tags everything made.
        writes: whether anything may be made.
        depth: smoke, staging or full.
        worker: number of this process among `workers`; None for what runs beside them.
    """

    target: Target
    budget: Budget
    journal: Journal
    run_id: str
    writes: bool
    depth: ProfileName
    worker: int | None = 0
    workers: int = 1


class Adapter(Protocol):
    """What one check is given."""

    def close(self) -> None:
        """Remove what the check has made."""


class Session(Protocol):
    """What the checks of one process share for one API."""

    journal: Journal

    @property
    def client(self) -> Client | HttpClient:
        """The connection of its calls."""

    def lacks(self, condition: str) -> str | None:
        """Why a check that needs this cannot be asked of the target, None if it can."""

    def close(self) -> None:
        """End every connection."""


class Caretaker(Protocol):
    """What the run itself does on an API, before and after its checks."""

    def require(self) -> None:
        """Make sure that the target can be judged at all.

        Raises:
            Unreachable: nobody answers.
            UsageError: the profile's contract cannot be had.
        """

    def remove(self, made: Made) -> bool:
        """Remove something; whether it is gone."""

    def look(
        self, created: Collection[Made], looks: int | None
    ) -> Iterable[tuple[Made, bool | None]]:
        """Whether each thing is still there; None where nobody looked or no answer told.

        Args:
            created: what was made in the run.
            looks: None looks at everything. A number looks in so many places, and everywhere
                once anything is found.
        """

    def alive(self, within_s: float) -> bool:
        """Whether the target still answers."""

    def close(self) -> None:
        """End every connection."""


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What a script needs to repeat an exchange.

    Attributes:
        contract: shipped contract of the generation that the target speaks; None for an API that
            is spoken over HTTP alone, at `http`.
        services: full names of its services.
        metadata: names of the metadata that callers send.
        keyed, signed: whether an API key and a signature are part of that.
        http: URL to which everything is posted.
    """

    contract: Contract | None
    services: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    keyed: bool = False
    signed: bool = False
    http: str | None = None


def _everything(requirement: Requirement, target: Target) -> str | None:
    return None


def _unless_passive(passive: bool, needs: Collection[str]) -> bool:
    return not passive


def _any_number(target: Target) -> int | None:
    return None


def _no_pins(target: Target) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Api:
    """One API.

    Attributes:
        name: of the API.
        needs: conditions that its checks may name, besides `tls` and `full`.
        connect: a session for one process.
        adapter: what a check is given, from a session and the check's recorder.
        caretaker: for the process that leads the run.
        described: what a report tells of the profile; nothing secret.
        replay: what scripts need.
        demanded: why a row does not apply to what the target declares, None if it does.
        writes: whether a check changes anything, by whether it is marked passive and what the
            row and the check need.
        most_workers: how many processes the profile has room for; None is any number.
        pins: readings of traits that the profile fixes.
    """

    name: str
    needs: frozenset[str]
    connect: Callable[[Surroundings], Session]
    # Each API has a session of its own type, which only its adapter knows.
    adapter: Callable[[Any, Recorder], Adapter]
    caretaker: Callable[[Target, Budget], Caretaker]
    described: Callable[[Target], dict[str, Any]]
    replay: Callable[[Target], Replay]
    demanded: Callable[[Requirement, Target], str | None] = _everything
    writes: Callable[[bool, Collection[str]], bool] = _unless_passive
    most_workers: Callable[[Target], int | None] = _any_number
    pins: Callable[[Target], Mapping[str, str]] = _no_pins
