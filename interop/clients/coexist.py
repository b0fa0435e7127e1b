"""Runs beside a published package, with our contracts on the path: both load in one process."""

from frequenz.api.dispatch.v1 import dispatch_pb2

from fixtures.contracts import load

for generation in ("1.1", "0.15"):
    data = load("dispatch", generation).message("frequenz.api.dispatch.v1.DispatchData")
    theirs = dispatch_pb2.DispatchData(type="charge", duration=60, is_active=True)
    theirs.payload.update({"power_w": 5.0})
    theirs.recurrence.freq = 3
    ours = data.FromString(theirs.SerializeToString())
    assert data is not dispatch_pb2.DispatchData
    assert ours.payload["power_w"] == 5.0
    assert dispatch_pb2.DispatchData.FromString(ours.SerializeToString()) == theirs
