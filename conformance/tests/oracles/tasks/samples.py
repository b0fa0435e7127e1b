"""Tasks and types that several tests look at."""

from conformance.oracles.tasks.model import Link, Task, Type

SECOND = 1_000_000_000
NOW = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z

TASKS = (
    Task(
        name="tenants/t1/tasks/a",
        type="tenants/t1/types/meter-burning",
        description="Meter 4711 is burning.",
        metadata={"n": 3.0, "device_number": "4711", "b": True, "nul": None, "obj": {"k": "v"}},
        create_ns=NOW,
        update_ns=NOW,
    ),
    Task(
        name="tenants/t1/tasks/b",
        type="tenants/t1/types/x",
        state="IN_PROGRESS",
        links=(Link(name="portal", uri="https://a.test/1"),),
        metadata={"n": -3.5, "device_number": "47*11", "b": "true"},
        create_ns=NOW + 1000,
        update_ns=NOW + SECOND,
    ),
    Task(
        name="tenants/t1/tasks/c",
        type="tenants/t1/types/x",
        state="COMPLETED",
        recommended_action="Don't panic",
        create_ns=NOW + 2000,
        update_ns=NOW + 2 * SECOND,
        completion_ns=NOW + 2 * SECOND,
    ),
)
TYPES = (
    Type(name="tenants/t1/types/m", display_name="M", category="meter", sub_category="fire"),
    Type(name="tenants/t1/types/d", display_name="D", category="device"),
    Type(name="tenants/t1/types/s"),
)
