"""Endpoints on sockets: any change served, and what the judge has to be told of the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from conformance.mutants import server as dispatch
from conformance.mutants.change import Api, Credentials, Mutant, Variant, bent, policy_of
from conformance.mutants.exchange import server as exchange
from conformance.mutants.exchange.policy import STRAIGHT as STRAIGHT_EXCHANGE
from conformance.mutants.exchange.population import TOKENS as EXCHANGE_TOKENS
from conformance.mutants.exchange.sql.rules import LIMIT_S as SQL_LIMIT_S
from conformance.mutants.meta import server as meta
from conformance.mutants.meta.policy import STRAIGHT
from conformance.mutants.services import server as services
from conformance.mutants.services.policy import STRAIGHT as STRAIGHT_SERVICES
from conformance.mutants.tasks import server as tasks
from conformance.mutants.tasks.policy import STRAIGHT as STRAIGHT_TASKS
from conformance.targets.profile import (
    DispatchProfile,
    ExchangeProfile,
    Identity,
    MetaHook,
    MetaProfile,
    Services,
    Target,
    TasksProfile,
)
from fixtures.targets.tasks import EventAdapter, TasksAuth

QUIET_S = 0.5
"""Silence after which nothing more is expected of a faulty endpoint; it is near and idle."""

PATIENCE_S = 1.5
"""How long a faulty endpoint may take to show what was written; it shows it at once, or never."""


@contextmanager
def target_of(change: Mutant | Variant) -> Iterator[Target]:
    """The endpoint of a change, served until the block ends, as the judge's target."""
    with _SERVING[change.api](change) as target:
        yield target


@contextmanager
def _dispatch(change: Mutant | Variant) -> Iterator[Target]:
    key, secret = _credentials(change.credentials)
    with dispatch.served(policy_of(change), auth_key=key, sign_secret=secret) as address:
        profile = DispatchProfile(
            auth_key=key,
            sign_secret=secret,
            simulated_site=True,
            generation=getattr(change, "generation", "1.1"),
            token_delay=0.2,
        )
        yield Target(endpoint=address, services=Services(dispatch=profile))


def _credentials(asked: Credentials) -> tuple[str | None, str | None]:
    return (
        None if asked == "none" else dispatch.AUTH_KEY,
        dispatch.SIGN_SECRET if asked == "sign" else None,
    )


@contextmanager
def _meta(change: Mutant | Variant) -> Iterator[Target]:
    asked = change.credentials == "bearer"
    with meta.served(bent(STRAIGHT, change), auth=asked) as addresses:
        profile = MetaProfile(profile=change.profile, hook=MetaHook(grpc=addresses.grpc))
        if isinstance(change, Mutant):
            profile = profile.model_copy(update={"quiet": QUIET_S})
        yield Target(
            endpoint=addresses.grpc,
            http=addresses.http,
            metadata=_bearer(meta.ALL_TOKEN) if asked else {},
            identities={
                "no_permission": Identity(metadata=_bearer(meta.NOTHING_TOKEN)),
                "watch_only": Identity(metadata=_bearer(meta.WATCH_TOKEN)),
            }
            if asked
            else {},
            services=Services(meta=profile),
        )


@contextmanager
def _services(change: Mutant | Variant) -> Iterator[Target]:
    update = {"quiet": QUIET_S} if isinstance(change, Mutant) else {"quirks": tuple(change.quirks)}
    profile = services.PROFILE.model_copy(update=update)
    with services.served(bent(STRAIGHT_SERVICES, change)) as address:
        yield Target(endpoint=address, services=Services(services=profile))


@contextmanager
def _tasks(change: Mutant | Variant) -> Iterator[Target]:
    asked = change.credentials == "bearer"
    tokens = {tenant: token for token, tenant in tasks.TOKENS.items()} if asked else {}
    profile = TasksProfile(
        tenants=tasks.TENANTS,
        auth=TasksAuth(tokens=tokens),
        event_adapter=EventAdapter(),
        error_details_required=True,
    )
    if isinstance(change, Mutant):
        profile = profile.model_copy(update={"quiet": QUIET_S})
    with tasks.served(bent(STRAIGHT_TASKS, change), auth=asked) as address:
        yield Target(endpoint=address, services=Services(tasks=profile))


@contextmanager
def _exchange(change: Mutant | Variant) -> Iterator[Target]:
    with exchange.served(bent(STRAIGHT_EXCHANGE, change)) as url:
        profile = ExchangeProfile(
            url=url,
            profile="reference",
            tokens=dict(EXCHANGE_TOKENS),
            administration=True,
            sql="full",
            sql_limit=SQL_LIMIT_S,
            shared_write=False,
            atomic_publish=False,
            one_page_last_values=True,
        )
        faulty = {"quiet": QUIET_S, "settle": PATIENCE_S, "latency": PATIENCE_S}
        update = faulty if isinstance(change, Mutant) else dict(change.settings)
        profile = profile.model_copy(update=update)
        yield Target(services=Services(exchange=profile))


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


_SERVING: Mapping[Api, Callable[[Mutant | Variant], AbstractContextManager[Target]]] = {
    "dispatch": _dispatch,
    "meta": _meta,
    "services": _services,
    "tasks": _tasks,
    "exchange": _exchange,
}
