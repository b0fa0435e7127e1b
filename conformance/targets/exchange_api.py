"""What the judge asks of the exchange API, which has no gRPC: an HTTP address is enough."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import grpc

from conformance.failures import (
    JudgeError,
    Nonconformance,
    NotApplicable,
    TargetLost,
    Unreachable,
    UsageError,
)
from conformance.recorder import Recorder
from conformance.report.redaction import redacted
from conformance.targets.api import Api, Replay, Surroundings
from conformance.targets.budget import Budget
from conformance.targets.credentials import Credentials
from conformance.targets.exchange import ExchangeTarget
from conformance.targets.exchange_calls import Caller, Log, alive
from conformance.targets.exchange_cleaning import STAYS, exists, kind_of, remove, role_of
from conformance.targets.exchange_documents import inlined
from conformance.targets.exchange_errors import GraphRefused, Reply
from conformance.targets.exchange_session import (
    HEADER,
    ExchangeSession,
    credentials_of,
    open_client,
    profile_of,
    tokens_of,
    url_of,
    url_setting,
    websocket_url_of,
)
from conformance.targets.journal import Made
from conformance.targets.profile import Target
from fixtures.targets.exchange import ROLES

NEEDS = frozenset({*ROLES, "administration", "sql", "sql_full", "control"})

CONNECT_S = 10.0

FIRST = "user_getUserSession"
"""The operation that every caller may ask for."""

SHOWN = 200
"""So many characters of an answer are shown of which nothing is understood."""


def connect(surroundings: Surroundings) -> ExchangeSession:
    """A session for one process.

    Raises:
        UsageError: the profile names no address.
    """
    return ExchangeSession(
        client=open_client(surroundings.target, surroundings.budget),
        profile=profile_of(surroundings.target),
        target=surroundings.target,
        journal=surroundings.journal,
        run_id=surroundings.run_id,
        writes=surroundings.writes,
        depth=surroundings.depth,
    )


class _Nothing:
    """A journal for whoever only removes: `run.cleaning` writes down what is gone."""

    def created(self, made: Made) -> None:
        """Nothing is made."""

    def removed(self, made: Made) -> None:
        """Told by the result."""

    def close(self) -> None:
        """Nothing is open."""


class Caretaker:
    """Reaches the target for the run itself.

    Published records stay, as no operation removes them: the journal names their assets, and they
    are not counted as left behind.
    """

    def __init__(self, target: Target, budget: Budget) -> None:
        self._target = target
        self._profile = profile_of(target)
        self.client = open_client(target, budget)
        self._session = ExchangeSession(
            client=self.client,
            profile=self._profile,
            target=target,
            journal=_Nothing(),  # type: ignore[arg-type]  # has its three methods
            run_id="caretaker",
            writes=True,
            depth="full",
        )
        self._recorder = Recorder()

    def require(self) -> None:
        """Make sure that somebody answers, and that the owner's token is taken.

        Raises:
            Unreachable: nobody answers.
            UsageError: the token is refused, or the answer is none of this API.
        """
        if not alive(self.client.url, CONNECT_S):
            raise Unreachable(f"{self.client.url} does not answer (waited {CONNECT_S:g} s)")
        try:
            self._caller("owner").call(inlined(FIRST, {}))
        except TargetLost as error:
            raise Unreachable(str(error)) from None
        except GraphRefused as refusal:
            if refusal.code is grpc.StatusCode.UNAUTHENTICATED:
                known = bool(self._profile.tokens)
                hint = "" if known else "; give services.exchange.tokens in the target file"
                raise UsageError(
                    f"{self.client.url} refuses the token of the owner{hint}"
                ) from None
            if refusal.reply is not None and _is_another_api(refusal.reply):
                raise UsageError(self._not_graphql(refusal.reply)) from None
            if refusal.code is grpc.StatusCode.UNAVAILABLE:
                raise Unreachable(f"{self.client.url}: {refusal.got}") from None
        except Nonconformance:
            pass  # The checks say so better.

    def _not_graphql(self, reply: Reply) -> str:
        """What is wrong with the URL, and where it was said."""
        body = redacted(reply.body.decode(errors="replace"), self._target.secrets())
        said = f"HTTP {reply.status} {' '.join(body.split())[:SHOWN]}".strip()
        return (
            f"{self.client.url} is no GraphQL endpoint: it answers {FIRST} with {said}, expected "
            f"a JSON object with data or errors; {url_setting(self._target)}"
        )

    def remove(self, made: Made) -> bool:
        """Remove something as whoever made it; whether it is gone."""
        if kind_of(made) == STAYS:
            return False
        try:
            return remove(self._caller(role_of(made)), made)
        except JudgeError:
            return False

    def look(
        self, created: Collection[Made], looks: int | None
    ) -> Iterable[tuple[Made, bool | None]]:
        """Ask for each thing that can be removed, the first few where looks are bounded."""
        found = False
        for number, made in enumerate(sorted(m for m in created if kind_of(m) != STAYS)):
            asked = looks is None or found or number < looks
            there = self._exists(made) if asked else None
            found = found or bool(there)
            yield made, there

    def alive(self, within_s: float) -> bool:
        """Whether somebody accepts connections."""
        return alive(self.client.url, within_s)

    def close(self) -> None:
        """Nothing stays open."""

    def _exists(self, made: Made) -> bool | None:
        try:
            return exists(self._caller(role_of(made)), made)
        except JudgeError:
            return None

    def _caller(self, role: str) -> Caller:
        credentials: Credentials
        try:
            credentials = self._session.credentials(role)
        except NotApplicable:
            credentials = credentials_of(self._target, self._profile, None)
        client = self.client.with_credentials(credentials)
        return Caller(self._session, self._recorder, client, role, Log())


def _is_another_api(reply: Reply) -> bool:
    """Whether nothing of GraphQL is at the address, rather than one that is broken or busy.

    A path that does not exist may be told in JSON that has `errors` of its own.
    """
    if reply.status >= 500 or reply.status == 429:
        return False
    return reply.status in (404, 405) or not reply.is_graphql


def _described(target: Target) -> dict[str, Any]:
    profile = profile_of(target)
    # A target may claim the API without an address, as long as nobody asks for it.
    reached = profile.url is not None or target.http is not None
    return {
        "url": url_of(target) if reached else None,
        "websocket_url": websocket_url_of(target) if reached else None,
        "profile": profile.profile,
        "roles": list(tokens_of(target, profile)),
        "administration": profile.administration,
        "sql": profile.sql,
        "stays": "published records, as the API removes none; asset ids begin with the run's tag",
    }


def _replay(target: Target) -> Replay:
    profile = profile_of(target)
    return Replay(
        contract=None,
        metadata=tuple({**target.metadata, **profile.headers, HEADER: ""}),
        http=url_of(target),
    )


EXCHANGE = Api(
    name="exchange",
    needs=NEEDS,
    connect=connect,
    adapter=ExchangeTarget,
    caretaker=Caretaker,
    described=_described,
    replay=_replay,
)
"""The API for `conformance.targets.apis`."""
