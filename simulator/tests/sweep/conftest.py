from pathlib import Path

import pytest

SITE = """\
schema: 1
scenario: {name: small, start: 2026-06-01, end: 2026-06-02, zone: UTC, seed: 5}
components:
- {id: 1, category: grid_connection_point}
- {id: 2, category: meter}
- {id: 3, category: inverter, type: battery, name: main inverter, rated_power_w: 5000}
- {id: 4, category: battery, name: store, capacity_wh: 10000}
- {id: 5, category: inverter, type: pv, rated_power_w: 5000, input: roof}
connections: [[1, 2], [2, 3], [3, 4], [2, 5]]
loads: [{meter: 2, input: house}]
inputs:
- {name: house, kind: constant, power_w: 1000}
- {name: roof, kind: constant, power_w: 500}
tariff: {buy_per_kwh: 0.3, sell_per_kwh: 0.1}
dispatches:
- {type: set_power, start_time: 2026-06-01T10:00:00Z, duration_s: 3600,
   target: {component_ids: [4]}, payload: {power_w: -2000}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "site.yaml").write_text(SITE)
    monkeypatch.chdir(tmp_path)
    return tmp_path
