"""Services that live as a model says: commands, what each brings about, and one pull beside them.

After each command the services are compared with the model by Get and List, and the counts with
the list; in the end the pull that was open all the time has to add up to the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import grpc

from conformance.judging import Refused, expect, observe
from conformance.oracles.services.changes import Replay
from conformance.oracles.services.invariants import backwards, broken
from conformance.oracles.services.life import Command, Load, Model, differences, follow
from conformance.oracles.services.model import Change, Service
from conformance.suite.services.counting import counted, judge_counts
from conformance.suite.services.gathering import quiet_place
from conformance.targets.services import Pull, ServicesTarget
from conformance.targets.services_session import CONFIGS

LOADS: Sequence[Load] = ("ok", "fail", "retry")
"""What a configuration of a sequence may do; slow ones would take too long."""

LIFE = "SVC-STO-008"
"""What is broken where a command does not bring about what it should, whatever it is."""

ROWS = (
    LIFE,
    "SVC-LST-013",
    "SVC-PLS-002",
    "SVC-PLS-003",
    "SVC-PLS-004",
    "SVC-PLS-005",
    "SVC-PLS-006",
    "SVC-PLS-007",
    "SVC-MET-001",
    "SVC-MET-002",
    "SVC-MET-004",
    "SVC-MET-005",
    "SVC-INV-001",
    "SVC-INV-002",
    "SVC-INV-003",
    "SVC-INV-004",
    "SVC-INV-005",
)
"""Everything that a sequence may find broken."""


def type_and_configs(services: ServicesTarget, place: str) -> tuple[str, Mapping[Load, str]]:
    """A type of a collection, and its configurations by what they do; there is one that is ok."""
    recipe = services.recipe(policy=services.session.policy_of(place) or None)
    type_ = services.profile.types[recipe.type]
    texts = {load: getattr(type_, CONFIGS[load]) for load in LOADS}
    return recipe.type, {load: text for load, text in texts.items() if text is not None}


class Lives:
    """Runs one sequence of commands about a few services.

    Args:
        services: of the check.
    """

    def __init__(self, services: ServicesTarget) -> None:
        self.services = services
        self.place = quiet_place(services)
        self.type, self.configs = type_and_configs(services, self.place)
        self.models: dict[int, Model | None] = {}
        self.ids: dict[int, str] = {}
        self.latest: dict[int, Service] = {}

    def run(self, commands: Sequence[Command]) -> None:
        """Follow every command, then compare what the pull has told.

        Raises:
            Nonconformance: it names the requirement.
        """
        self.follow(commands[0])
        with self.services.pull_all(name=self.place) as pull:
            for command in commands[1:]:
                self.follow(command)
            self.judge_pull(pull)
        for slot in [slot for slot, model in self.models.items() if model is not None]:
            self.services.delete(self.ids[slot], name=self.place)

    def follow(self, command: Command) -> None:
        """Give one command, and compare everything with the model."""
        slot, verb = command.slot, command.verb
        model = self.models.get(slot)
        if verb == "create" and model is not None:
            return  # What a second create does is open; checks of Create observe it.
        self.ids.setdefault(slot, self.services.fresh_id())
        wanted = follow(model, command, self.configs)
        if verb == "delete" and model is None and command.flag:
            self._accepted(command)
        elif isinstance(wanted, str):
            self._refused(command, wanted)
        else:
            self._accepted(command)
            self.models[slot] = wanted
        self._compare(slot)
        self._compare_lists()

    def judge_pull(self, pull: Pull[Change]) -> None:
        """Fail unless the pull adds up to what is there, change by change."""
        ids = set(self.ids.values())
        listed = tuple(self.latest[slot] for slot, model in self.models.items() if model)

        def comes_right(changes: list[Change]) -> bool:
            replay = Replay(ids=ids)
            for batch in pull.messages:
                replay.take_message(batch.changes)
            return not (replay.missing(listed) or replay.stale(listed))

        pull.holds(comes_right)
        replay = Replay(ids=ids)
        found = [
            violation for batch in pull.messages for violation in replay.take_message(batch.changes)
        ]
        stale = replay.stale(listed)
        if stale and self.services.quirky("stream-reorder"):
            observe("the last value of a pull was an old one")
            stale = []
        # What comes after an end explains what is known too much; else the sum comes first, as that
        # is what a client is left with.
        undead = [violation for violation in found if violation.code == "SVC-PLS-007"]
        for violation in (*undead, *replay.missing(listed), *stale, *found):
            expect(False, "pull of a collection", got=violation.text, breaks=violation.code)

    def _call(self, command: Command) -> Callable[[], object]:
        services, id_, place = self.services, self.ids[command.slot], self.place
        text = self.configs[command.load]
        calls: Mapping[str, Callable[[], object]] = {
            "create": lambda: services.create(
                id=id_, type=self.type, active=command.flag, config_raw=text, name=place
            ),
            "start": lambda: services.start(id_, allow_active=command.flag, name=place),
            "stop": lambda: services.stop(id_, allow_inactive=command.flag, name=place),
            "configure": lambda: services.configure(id_, text, name=place),
            "delete": lambda: services.delete(id_, allow_missing=command.flag, name=place),
        }
        return calls[command.verb]

    def _accepted(self, command: Command) -> None:
        try:
            self._call(command)()
        except Refused as refusal:
            got = f"{refusal.code.name}: {refusal.details}"
            expect(False, f"{command}", got=got, wanted="OK", breaks=LIFE)

    def _refused(self, command: Command, wanted: str) -> None:
        try:
            self._call(command)()
        except Refused as refusal:
            got = refusal.code.name
            expect(got == wanted, f"{command}", got=got, wanted=wanted, breaks=LIFE)
            return
        expect(False, f"{command}", got="accepted", wanted=wanted, breaks=LIFE)

    def _compare(self, slot: int) -> None:
        model, id_ = self.models.get(slot), self.ids[slot]
        if model is None:
            self.latest.pop(slot, None)
            try:
                self.services.get(id_, name=self.place)
            except Refused as refusal:
                right = refusal.code is grpc.StatusCode.NOT_FOUND
                expect(right, f"Get of {id_}", got=refusal.code, wanted="NOT_FOUND", breaks=LIFE)
                return
            expect(False, f"Get of {id_}", got="a service", wanted="NOT_FOUND", breaks=LIFE)
        shown = self.services.settle(id_, name=self.place)
        for text in differences(model, shown) if model is not None else ():
            expect(False, f"service {id_}", got=text, wanted=model, breaks=LIFE)
        sticky = self.services.quirky("stop-in-backoff-sticky")
        found = broken(shown, stopping=False, sticky=sticky)
        if slot in self.latest:
            found += backwards(self.latest[slot], shown)
        for violation in found:
            expect(False, f"service {id_}", got=violation.text, breaks=violation.code)
        self.latest[slot] = shown

    def _compare_lists(self) -> None:
        got, listed = counted(self.services, self.place)
        shown = {item.id: item for item in listed if item.id in self.ids.values()}
        wanted = {item.id: item for item in self.latest.values()}
        same_ids = shown.keys() == wanted.keys()
        expect(same_ids, "ids listed", got=sorted(shown), wanted=sorted(wanted), breaks=LIFE)
        expect(shown == wanted, "services listed", got=shown, wanted=wanted, breaks="SVC-LST-013")
        judge_counts(got, listed, when="of what List shows", breaks=True)
