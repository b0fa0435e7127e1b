"""Scripts that repeat a counter-example without this suite: Python, grpcurl with curl, or curl.

Ids that the target gave out are taken from its answers, and instants near the time of the run are
written relative to the time of the replay, so that a start in the future stays in the future.
Credentials come from environment variables.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.report import replay_graphql, replay_grpcurl, replay_python
from conformance.report.replay_plan import Context
from conformance.targets.apis import APIS
from conformance.targets.profile import Target
from fixtures.contracts import Contract

CURL_ONLY = frozenset({"exchange"})
"""APIs without gRPC: one script around curl says it all."""


def write(report: dict[str, Any], target: Target, folder: Path) -> None:
    """Scripts for each counter-example of the report, beside the descriptors that they need."""
    rows = [r for r in report["requirements"] if r["counterexample"]]
    if not rows:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for service in {row["service"] for row in rows}:
        if contract := APIS[service].replay(target).contract:
            (folder / f"{service}.binpb").write_bytes(descriptors(contract))
    for row in rows:
        replay = APIS[row["service"]].replay(target)
        if row["service"] in CURL_ONLY:
            shell = folder / f"{row['id']}.sh"
            shell.write_text(replay_graphql.script(row, replay.http or ""), encoding="utf-8")
            shell.chmod(0o755)
            continue
        context = Context(
            endpoint=target.endpoint or "",
            http=target.http or "",
            tls=target.tls is not None,
            replay=replay,
            file=f"{row['service']}.binpb",
        )
        (folder / f"{row['id']}.py").write_text(
            replay_python.script(row, context), encoding="utf-8"
        )
        shell = folder / f"{row['id']}.sh"
        shell.write_text(replay_grpcurl.script(row, context), encoding="utf-8")
        shell.chmod(0o755)


def scripts_of(id_: str, service: str) -> tuple[str, ...]:
    """Names of the scripts that `write` makes for a requirement."""
    return (f"{id_}.sh",) if service in CURL_ONLY else (f"{id_}.py", f"{id_}.sh")


def descriptors(contract: Contract) -> bytes:
    """The contract as a serialized FileDescriptorSet, imports first."""
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    return bytes(FileDescriptorSet(file=contract.files.values()).SerializeToString())
