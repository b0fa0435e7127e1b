"""A collection of services: which may be created, started, configured, stopped and deleted.

Seed 004, the methods of ServicesApi, in the readings of a policy. Plain calls and results, so that
a driver, a scenario or a test can use what callers of the API use. Whatever happens is committed
to one store, whose log is what streams read.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Final
from uuid import UUID

from simulator.services.errors import Code, ServiceError, invalid, shown
from simulator.services.services import states
from simulator.services.services.instance import Instance
from simulator.services.services.kinds import CollectionSpec, Config, ConfigError, Kind
from simulator.services.services.stored import Stored, stored
from simulator.services.services.totals import Ledger
from simulator.store import Change, Collection

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock
    from simulator.services.services.policy import Policy
    from simulator.services.services.states import State
    from simulator.services.timers import Timers

LONGEST_ID: Final = 1000
"""Bytes of an id or a type (our choice)."""
LONGEST_CONFIG: Final = 1024 * 1024
"""Bytes of a config (our choice): two states with one fit into the 4 MiB that clients receive."""
LOG_SIZE: Final = 10_000

Observer = Callable[[str, Change[Stored]], None]
"""Told the name of a collection and each change after its commit."""


class ServiceCollection:
    """The services of one collection, by id.

    Args:
        spec: its name, and what may be in it.
        clock: says what time it is.
        timers: where loads wait.
        policy: the readings of open questions.
        tell: told every change.
        ids: chance for ids that are generated.
        log_size: changes that its log keeps for streams.
    """

    def __init__(
        self,
        spec: CollectionSpec,
        clock: Clock,
        timers: Timers,
        policy: Policy,
        *,
        tell: Observer,
        ids: Random,
        log_size: int = LOG_SIZE,
    ) -> None:
        self.spec = spec
        self.store = _store(log_size)
        """All services by id, and their history, in the one order `id`."""
        self.orphans = _store(log_size)
        """Services by number that lost their id to another one and go on unseen."""
        self.ledger = Ledger(spec.kinds, counts_foreign=policy.counts_foreign_types)
        self.totals = self.ledger.none(clock.now_us())
        self._clock = clock
        self._timers = timers
        self._policy = policy
        self._tell = tell
        self._ids = ids
        self._instances: dict[str, Instance] = {}
        self._abandoned: list[Instance] = []
        """Those that lost their id while they were loading, and perhaps are still."""
        self._created = 0
        self._latest_us = self.totals.at_us

    def get(self, service_id: str) -> Stored:
        """Return a service.

        Raises:
            ServiceError: INVALID_ARGUMENT without an id, NOT_FOUND.
        """
        if not service_id:
            raise invalid("id: is missing")
        found = self.store.get(service_id)
        if found is None:
            raise ServiceError(
                Code.NOT_FOUND, f"id: {self.spec.name} has no service {shown(service_id)}"
            )
        return found

    def create(
        self, kind: str, *, service_id: str = "", config_raw: str = "", active: bool = False
    ) -> Stored:
        """Add a service, loading its config if it is to be active; returns its first state.

        Raises:
            ServiceError: INVALID_ARGUMENT for the type, the config, or a missing or too long id;
                ALREADY_EXISTS.
        """
        _check_length("service.type", kind, LONGEST_ID)
        _check_length("service.id", service_id, LONGEST_ID)
        _check_length("service.config_raw", config_raw, LONGEST_CONFIG)
        key = service_id or self._new_id(kind)
        replaces = key in self._instances
        if replaces and not (self._policy.create_replaces and service_id):
            raise self._refusal(Code.ALREADY_EXISTS, f"service.id: {shown(key)} exists already")
        now_us = self._clock.now_us()
        found = self.spec.kinds.get(kind)
        if found is None:
            raise self._refuse_kind(key, kind, now_us)
        config: Config | None = None
        mistake = ""
        if config_raw:
            try:
                config = found.parse(config_raw)
            except ConfigError as error:
                mistake = _mistake(error)
                if not self._policy.absorbs_parse_errors:
                    self._ghost(states.created(key, kind, now_us), now_us)
                    raise self._refusal(
                        Code.INVALID_ARGUMENT, f"service.config_raw: {mistake}"
                    ) from None
        instance = self._instance(states.created(key, kind, now_us), found)
        if mistake:
            state = instance.refused(mistake, now_us)
            if active:
                state = states.touched(state, now_us)
            return self._admit(instance, state, now_us)
        # Started without, then configured: so do the times follow each other.
        if active:
            instance.state = (
                states.started(instance.state, now_us, loads=False)
                if config is not None
                else instance.started(now_us)
            )
        if config is not None:
            instance.state = instance.configured(config, now_us)
        return self._admit(instance, instance.state, now_us)

    def start(self, service_id: str, *, allow_active: bool = False) -> Stored:
        """Activate a service; returns it as it begins to load.

        Raises:
            ServiceError: FAILED_PRECONDITION if it is active and that is not allowed, or cannot
                run before it is configured; INVALID_ARGUMENT, NOT_FOUND.
        """
        present, instance = self._find(service_id)
        if present.state.active:
            if allow_active:
                return present
            raise ServiceError(Code.FAILED_PRECONDITION, f"id: {shown(service_id)} is active")
        if instance.unreadable:
            raise self._refusal(Code.FAILED_PRECONDITION, present.state.error)
        now_us = self._clock.now_us()
        return instance.begin(instance.started(now_us), now_us)

    def configure(self, service_id: str, config_raw: str) -> Stored:
        """Give a service another config; an active one loads it and stays active meanwhile.

        Raises:
            ServiceError: INVALID_ARGUMENT, the config cannot be read, nothing was changed;
                FAILED_PRECONDITION while it is loading, or of no type that exists; NOT_FOUND.
        """
        present, instance = self._find(service_id)
        _check_length("config_raw", config_raw, LONGEST_CONFIG)
        if instance.kind is None:
            raise self._refusal(Code.FAILED_PRECONDITION, present.state.error)
        if present.state.loading:
            raise self._refusal(
                Code.FAILED_PRECONDITION, f"id: {shown(service_id)} is already loading"
            )
        now_us = self._clock.now_us()
        try:
            config = instance.kind.parse(config_raw)
        except ConfigError as error:
            if self._policy.absorbs_parse_errors and instance.config is None:
                return instance.commit(instance.refused(_mistake(error), now_us), now_us)
            raise self._refusal(Code.INVALID_ARGUMENT, f"config_raw: {_mistake(error)}") from None
        return instance.begin(instance.configured(config, now_us), now_us)

    def stop(self, service_id: str, *, allow_inactive: bool = False) -> Stored:
        """Deactivate a service, ending any load.

        Raises:
            ServiceError: FAILED_PRECONDITION if it is inactive and that is not allowed;
                INVALID_ARGUMENT, NOT_FOUND.
        """
        present, instance = self._find(service_id)
        if not present.state.active:
            if allow_inactive:
                return present
            raise ServiceError(Code.FAILED_PRECONDITION, f"id: {shown(service_id)} is inactive")
        return instance.stop(self._clock.now_us())

    def delete(self, service_id: str, *, allow_missing: bool = False) -> Stored | None:
        """Stop and remove a service; returns its last state, None if there was none.

        Raises:
            ServiceError: NOT_FOUND, unless that is allowed; INVALID_ARGUMENT.
        """
        if allow_missing and service_id and service_id not in self.store:
            return None
        _, instance = self._find(service_id)
        now_us = self._clock.now_us()
        # Streams may see it stop, and then go, but nobody sees it stopped for no reason.
        with self.store.batch():
            if instance.state.active:
                instance.stop(now_us)
            del self._instances[service_id]
            at_us = self._at(now_us)
            self.totals = self.ledger.after(self.totals, instance.state, None, at_us)
            final = stored(instance.state, instance.number, self.totals, at_us)
            change = self.store.delete(service_id, final)
        instance.remove()
        self._tell(self.spec.name, change)
        return final

    def close(self) -> None:
        """Let nothing happen any more, without telling anyone: the world is gone."""
        for instance in (*self._instances.values(), *self._abandoned):
            instance.forget()

    def _find(self, service_id: str) -> tuple[Stored, Instance]:
        return self.get(service_id), self._instances[service_id]

    def _new_id(self, kind: str) -> str:
        match self.spec.ids:
            case "kind":
                return kind
            case "generated":
                while True:
                    made = str(UUID(int=self._ids.getrandbits(128), version=4))
                    if made not in self._instances:
                        return made
            case _:
                text = f"service.id: is missing, {self.spec.name} needs one"
                raise self._refusal(Code.INVALID_ARGUMENT, text)

    def _refusal(self, code: Code, text: str) -> ServiceError:
        return ServiceError(self._policy.code(code), text)

    def _refuse_kind(self, key: str, kind: str, now_us: int) -> ServiceError:
        text = (
            f"service.type: {self.spec.name} has no type {shown(kind)}, only "
            + ", ".join(sorted(self.spec.kinds))
            if kind
            else "service.type: is missing"
        )
        if self._policy.keeps_refused:
            instance = self._instance(states.foreign(key, kind, text, now_us), None)
            self._admit(instance, instance.state, now_us)
        else:
            self._ghost(states.created(key, kind, now_us), now_us)
        return self._refusal(Code.INVALID_ARGUMENT, text)

    def _instance(self, state: State, kind: Kind | None) -> Instance:
        self._created += 1
        return Instance(
            self._created,
            state,
            kind,
            commit=self._commit,
            timers=self._timers,
            policy=self._policy,
        )

    def _admit(self, instance: Instance, state: State, now_us: int) -> Stored:
        """Give an instance its id, and make its first state known."""
        old = self._instances.get(state.id)
        if old is not None:
            unseen = [each for each in (*self._abandoned, old) if not each.is_settled]
            self._abandoned = unseen
        self._instances[state.id] = instance
        return instance.begin(state, now_us)

    def _commit(self, instance: Instance, state: State, now_us: int) -> Stored:
        at_us = self._at(now_us)
        if self._instances.get(state.id) is not instance:
            kept = stored(state, instance.number, self.totals, at_us)
            self.orphans.put(instance.number, kept)
            return kept
        before = self.store.get(state.id)
        replaced = before is not None and before.number != instance.number
        self.totals = self.ledger.after(
            self.totals, None if before is None else before.state, state, at_us
        )
        kept = stored(
            state,
            instance.number,
            self.totals,
            at_us,
            orphan_at=self.orphans.revision if replaced else None,
        )
        self._tell(self.spec.name, self.store.put(state.id, kept))
        return kept

    def _ghost(self, state: State, now_us: int) -> None:
        """Tell streams of a service that is not there, if the policy has it so."""
        if not self._policy.ghost_adds or state.id in self._instances:
            return
        ghost = stored(state, 0, self.totals, self._at(now_us), ghost=True)
        with self.store.batch():
            self.store.put(state.id, ghost)
            self.store.delete(state.id)

    def _at(self, now_us: int) -> int:
        """Return when a change is made: a late timer must not let the log's time go back."""
        self._latest_us = max(now_us, self._latest_us)
        return self._latest_us


def _store(log_size: int) -> Collection[Stored]:
    return Collection(
        # Services are found by id in any case, so an order by nothing else is one.
        orders={"id": lambda kept: ()},
        encode=lambda kept: kept.item,
        log_size=log_size,
    )


def _check_length(field: str, text: str, most: int) -> None:
    size = len(text.encode())
    if size > most:
        raise invalid(f"{field}: {size} bytes, at most {most} are allowed")


def _mistake(error: ConfigError) -> str:
    return str(error) or "the config cannot be read"
