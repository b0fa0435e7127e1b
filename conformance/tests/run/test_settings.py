import stat
from pathlib import Path

from conformance.run.settings import Settings
from conformance.targets.profile import DispatchProfile, Services, Target, Tls


def settings(folder: Path) -> Settings:
    return Settings(
        run_id="20300101-abc",
        folder=folder,
        journal=folder / "journal",
        target=Target(
            endpoint="127.0.0.1:1",
            tls=Tls(ca=Path("/ca.pem")),
            services=Services(dispatch=DispatchProfile(auth_key="k", pins={"A5": "excluded"})),
        ),
        depth="staging",
        writes=True,
        seed=3,
        selected=("DSP-CRE-001",),
        workers=2,
        max_calls=100,
        max_rate=5.0,
    )


def test_settings_travel_whole(tmp_path: Path) -> None:
    before = settings(tmp_path)
    assert Settings.read(before.write()) == before


def test_only_the_user_can_read_them(tmp_path: Path) -> None:
    mode = settings(tmp_path).write().stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
