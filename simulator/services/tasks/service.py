"""The core of the tasks API: tenants with their tasks, types and events, no socket.

Follows seed 001 in the readings of its policy. The methods of the API, which take requests, are in
`methods`; here is what the world calls in-process, through the same code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from simulator.services.structs import write_struct
from simulator.services.tasks import tasks, transitions, types
from simulator.services.tasks.core import Core, seeded_ids
from simulator.services.tasks.events import LOG_SIZE
from simulator.services.tasks.names import name_of
from simulator.services.tasks.policy import Policy
from simulator.services.tasks.resources import TASK, TYPE
from simulator.services.tasks.tenants import Observer, Tenants
from simulator.services.tasks.validation import read_completion, read_get, read_new_task

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock
    from simulator.services.tasks.texts import Texts
    from simulator.store import TokenSigner


class TasksService:
    """Tasks and types of some tenants, held in memory.

    Args:
        clock: says what time it is for create, update and completion times.
        signer: signs page tokens; the same secret makes them outlive a restart.
        policy: the readings of open questions; the preferred ones by default.
        engine: renders templates and checks inputs against schemas.
        ids: where ids come from that clients leave to the server; the same each time by default.
        log_size: events that each tenant's log keeps for its readers.
    """

    def __init__(
        self,
        clock: Clock,
        signer: TokenSigner,
        policy: Policy | None,
        engine: Texts,
        *,
        ids: Iterator[str] | None = None,
        log_size: int = LOG_SIZE,
    ) -> None:
        policy = policy or Policy()
        self.core = Core(
            tenants=Tenants(clock, policy, log_size),
            policy=policy,
            engine=engine,
            signer=signer,
            ids=ids or seeded_ids(0),
        )

    @property
    def observers(self) -> list[Observer]:
        """Told each event of any tenant after its commit."""
        return self.core.tenants.observers

    @property
    def committed(self) -> int:
        """How many changes were made so far."""
        return self.core.tenants.committed

    def clear(
        self, signer: TokenSigner, policy: Policy, *, ids: Iterator[str] | None = None
    ) -> None:
        """Drop everything, and go on as a new service would. Open feeds see nothing any more."""
        self.core.tenants.clear(policy)
        self.core.policy = policy
        self.core.signer = signer
        self.core.ids = ids or seeded_ids(0)

    async def create_task(
        self,
        tenant: str,
        type_id: str,
        metadata: Mapping[str, Any],
        task_id: str = "",
        *,
        annotations: Mapping[str, Any] | None = None,
    ) -> Any:
        """Create a task and return it, a Task that must not be modified.

        Nothing is awaited in fact as long as templates stay within the engine's small limits.

        Raises:
            ServiceError: as CreateTask.
        """
        task = TASK.message(type=name_of(tenant, TYPE.plural, type_id))
        write_struct(metadata, task.metadata)
        if annotations is not None:
            write_struct(annotations, task.annotations)
        request = TASK.method("create").request(
            parent=f"tenants/{tenant}", task=task, task_id=task_id
        )
        asked = read_new_task(request, self.core.policy)
        return (await tasks.create(self.core, asked)).message

    async def claim_task(self, name: str) -> Any:
        """Claim a task and return it, a Task that must not be modified.

        Raises:
            ServiceError: as ClaimTask.
        """
        request = TASK.method("claim").request(name=name)
        asked = read_get(request, TASK, self.core.policy)
        return (await transitions.claim(self.core, asked)).message

    async def complete_task(self, name: str, input: Mapping[str, Any] | None = None) -> Any:
        """Complete a task and return it, a Task that must not be modified.

        Raises:
            ServiceError: as CompleteTask.
        """
        request = TASK.method("complete").request(name=name)
        if input is not None:
            write_struct(input, request.input)
        asked = read_completion(request, self.core.policy)
        return (await transitions.complete(self.core, asked)).message

    def create_type(self, tenant: str, type_id: str, **fields: Any) -> Any:
        """Create a type, its fields given by name, and return it; it must not be modified.

        Raises:
            ServiceError: as CreateType.
        """
        request = TYPE.method("create").request(
            parent=f"tenants/{tenant}", type=TYPE.message(**fields), type_id=type_id
        )
        return types.create(self.core, types.read_new_type(self.core, request)).message

    def task(self, name: str) -> Any:
        """Return a task, which must not be modified.

        Raises:
            ServiceError: as GetTask.
        """
        asked = read_get(TASK.method("get").request(name=name), TASK, self.core.policy)
        return self.core.tenants.get(asked.tenant, "name").task(asked.id).message

    def tasks(self, tenant: str) -> tuple[Any, ...]:
        """Return all tasks of a tenant, oldest first; they must not be modified.

        Raises:
            ServiceError: NOT_FOUND.
        """
        held = self.core.tenants.get(tenant, "parent").tasks
        return tuple(stored.message for _, stored in held.items())
