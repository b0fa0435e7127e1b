"""The mutation hook of the meta API, `gridproof.control.v1.MetaControl`: writes, faults, barrier.

Our own. A dialect without storage: it translates between messages and the meta service. Resources
come as JSON of their messages. Refusals: INVALID_ARGUMENT for what cannot be meant, NOT_FOUND for
the deletion of what is not there, FAILED_PRECONDITION for a registry that no one may have.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.json_format import ParseDict, ParseError

from fixtures.documents.names import neighbour_or_all
from simulator.services import instants
from simulator.services.control import CONTRACT, PACKAGE
from simulator.services.errors import Code, invalid, shown
from simulator.services.meta.chunks import DEFAULT
from simulator.services.meta.faults import CAPABILITIES, Fault, Verb
from simulator.services.meta.kinds import CONTRACT as META
from simulator.services.meta.names import kind_of
from simulator.services.meta.registry import Change, Remove, Upsert
from simulator.services.meta.watching import TAG_KEY
from simulator.services.rpc import Dialect, Right, Unary
from simulator.services.structs import read_struct
from simulator.store.paths import is_map, is_repeated, is_value, spellings

if TYPE_CHECKING:
    from simulator.services.meta.service import MetaService

SERVICE: Final = f"{PACKAGE}.MetaControl"
_BARRIER_S: Final = 10.0
_VERBS: Final = {verb.value: verb for verb in Verb}

Barrier = Callable[[float], Awaitable[int]]
"""Returns once the open watches have everything, with how many of them were not waited for; takes
the seconds after which it gives up with DEADLINE_EXCEEDED."""


class MetaControl:
    """The methods, over a service; see `dialect`."""

    def __init__(
        self, service: MetaService, barrier: Barrier, restore: Callable[[], object], clock: bool
    ) -> None:
        self._service = service
        self._barrier = barrier
        self._fixtures = {"default": restore, "empty": service.registry.clear}
        self._capabilities = ["mutate", "atomic", "barrier", *["clock"] * clock, *CAPABILITIES]

    def get_capabilities(self, request: Any) -> bytes:
        """Return what can be done here."""
        return _encoded("MetaCapabilities", capabilities=self._capabilities, tag_key=TAG_KEY)

    def upsert(self, request: Any) -> bytes:
        """Create a resource or replace the one of that name."""
        return self._apply(Upsert(message=read_resource(request.resource, "resource")))

    def delete(self, request: Any) -> bytes:
        """Remove a resource."""
        return self._apply(Remove(name=request.name))

    def apply(self, request: Any) -> bytes:
        """Make all changes or none, as one revision."""
        return self._apply(*map(_read_change, request.changes, range(len(request.changes))))

    def reset(self, request: Any) -> bytes:
        """Replace everything; watches see it as changes."""
        fixture = request.fixture
        if fixture not in self._fixtures:
            hint = neighbour_or_all(fixture, self._fixtures)
            raise invalid(f"fixture: there is no {shown(fixture)}{hint}")
        self._fixtures[fixture]()
        return self._committed()

    async def barrier(self, request: Any) -> bytes:
        """Return once every change so far is listed, and was handed to every watch that reads."""
        timeout_s = _BARRIER_S
        if request.HasField("timeout"):
            timeout_s = instants.duration_us(request.timeout, "timeout") / instants.SECOND_US
        revision = self._revision()
        stalled = await self._barrier(timeout_s)
        return _encoded("MetaBarrierResponse", revision=revision, stalled=stalled)

    def inject_fault(self, request: Any) -> bytes:
        """Order watches to behave in a way that is legal but rare."""
        watches = self._service.watches.order(_read_fault(request))
        return _encoded("MetaFaultResponse", revision=self._revision(), watches=watches)

    def _apply(self, *changes: Change) -> bytes:
        self._service.registry.apply(changes)
        return self._committed()

    def _committed(self) -> bytes:
        return _encoded("MetaCommitted", revision=self._revision())

    def _revision(self) -> str:
        return str(self._service.registry.revision)


def dialect(
    service: MetaService,
    barrier: Barrier,
    *,
    restore: Callable[[], object] = lambda: None,
    clock: bool = False,
) -> Dialect:
    """Return the methods as a server mounts them.

    Args:
        service: what is steered.
        barrier: waits for the watches that the server has open.
        restore: makes the registry what it is by default.
        clock: whether the control API is there too, to move the clock.
    """
    control = MetaControl(service, barrier, restore, clock)
    functions: dict[str, tuple[Right, Callable[[Any], bytes | Awaitable[bytes]]]] = {
        "GetCapabilities": (Right.READ, control.get_capabilities),
        "Upsert": (Right.WRITE, control.upsert),
        "Delete": (Right.WRITE, control.delete),
        "Apply": (Right.WRITE, control.apply),
        "Reset": (Right.WRITE, control.reset),
        "Barrier": (Right.READ, control.barrier),
        "InjectFault": (Right.WRITE, control.inject_fault),
    }
    methods = CONTRACT.methods(SERVICE)
    return Dialect(
        api="control",
        service=SERVICE,
        methods=tuple(
            Unary(name=name, right=right, request=methods[name].request, handle=handle)
            for name, (right, handle) in functions.items()
        ),
    )


def read_resource(struct: Any, field: str) -> Any:
    """Return the resource whose JSON a Struct holds; its name decides the kind.

    Raises:
        ServiceError: INVALID_ARGUMENT; a name of no kind, an unknown field, a value that does not
            fit. The text tells where.
    """
    values = read_struct(struct, field)
    name = values.get("name", "")
    if not isinstance(name, str):
        raise invalid(f"{field}.name: {shown(name)} is no text")
    message = kind_of(name, f"{field}.name").message
    _check_fields(values, message.DESCRIPTOR, field)
    try:
        return ParseDict(values, message(), descriptor_pool=META.pool)
    except ParseError as error:
        raise invalid(f"{field}: {error}") from None


def _check_fields(values: Mapping[str, Any], descriptor: Any, place: str) -> None:
    """Refuse fields that the message does not have; the parser itself knows no nearest one."""
    known = spellings(descriptor)
    for name, value in values.items():
        field = known.get(name)
        if field is None or "-" in name:
            names = [each.name for each in descriptor.fields]
            raise invalid(f"{place}: no field {shown(name)}{neighbour_or_all(name, names)}")
        if is_value(field) or is_map(field):
            continue
        inside = value if is_repeated(field) and isinstance(value, list) else [value]
        for index, each in enumerate(inside):
            if isinstance(each, Mapping):
                at = f"{place}.{name}[{index}]" if is_repeated(field) else f"{place}.{name}"
                _check_fields(each, field.message_type, at)


def _read_change(change: Any, index: int) -> Change:
    match change.WhichOneof("change"):
        case "upsert":
            return Upsert(message=read_resource(change.upsert, f"changes[{index}].upsert"))
        case "delete":
            return Remove(name=change.delete)
        case _:
            raise invalid(f"changes[{index}]: neither upsert nor delete is set")


def _read_fault(request: Any) -> Fault:
    verb = _VERBS.get(request.fault)
    if verb is None:
        hint = neighbour_or_all(request.fault, _VERBS)
        raise invalid(f"fault: there is no {shown(request.fault)}{hint}")
    if verb is Verb.SPLIT and not 1 <= request.n <= DEFAULT:
        raise invalid(f"n: {request.n} is not within 1 to {DEFAULT}")
    count = request.value if request.HasField("value") else None
    if count is not None and count < 0:
        raise invalid(f"value: {count} is no size")
    code = request.code if request.HasField("code") else Code.UNAVAILABLE
    if code and code not in set(Code):
        raise invalid(f"code: {code} is no status that ends a stream")
    return Fault(
        verb=verb,
        tag=request.tag,
        after=request.after_chunks,
        code=Code(code) if code else None,
        count=count,
        most=request.n,
        for_s=request.ms / 1000,
    )


def _encoded(name: str, **fields: Any) -> bytes:
    message: Any = CONTRACT.message(f"{PACKAGE}.{name}")(**fields)
    return bytes(message.SerializeToString())
