"""Scripts that repeat a counter-example without this suite: Python, and grpcurl with curl.

Ids that the target gave out are taken from its answers, and instants near the time of the run are
written relative to the time of the replay, so that a start in the future stays in the future.
Credentials come from environment variables.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.report import replay_grpcurl, replay_python
from conformance.report.replay_plan import Context
from conformance.targets.apis import APIS
from conformance.targets.profile import Target
from fixtures.contracts import Contract


def write(report: dict[str, Any], target: Target, folder: Path) -> None:
    """One pair of scripts for each counter-example of the report, beside the descriptors."""
    rows = [r for r in report["requirements"] if r["counterexample"]]
    if not rows:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for service in {row["service"] for row in rows}:
        contract = APIS[service].replay(target).contract
        (folder / f"{service}.binpb").write_bytes(descriptors(contract))
    for row in rows:
        context = Context(
            endpoint=target.endpoint or "",
            http=target.http or "",
            tls=target.tls is not None,
            replay=APIS[row["service"]].replay(target),
            file=f"{row['service']}.binpb",
        )
        (folder / f"{row['id']}.py").write_text(
            replay_python.script(row, context), encoding="utf-8"
        )
        shell = folder / f"{row['id']}.sh"
        shell.write_text(replay_grpcurl.script(row, context), encoding="utf-8")
        shell.chmod(0o755)


def descriptors(contract: Contract) -> bytes:
    """The contract as a serialized FileDescriptorSet, imports first."""
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    return bytes(FileDescriptorSet(file=contract.files.values()).SerializeToString())
