from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.requirements import load
from conformance.run.result import Result
from conformance.tests.run.test_settings import settings
from conformance.verdicts import Row, Verdict
from fixtures.terminal import Exit


def result(*verdicts: Verdict, **fields: Any) -> Result:
    must = load()["DSP-CRE-001"]
    return Result(
        **{
            "settings": settings(Path("/nowhere")),
            "rows": tuple(Row(requirement=must, verdict=verdict) for verdict in verdicts),
            "started": datetime(2030, 1, 1, tzinfo=UTC),
            "duration_s": 1.5,
            "calls": 10,
            "residue": 0,
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["pass", "warn", "observed", "known", "not_applicable"], Exit.GOOD),
        (["pass", "fail"], Exit.BAD),
        (["pass", "untestable"], Exit.BAD),
        (["pass", "stale"], Exit.BAD),
        (["pass", "error"], Exit.ERROR),
        (["fail", "error"], Exit.BAD),
        (["not_applicable", "untestable"], Exit.INCONCLUSIVE),
        (["not_applicable"], Exit.INCONCLUSIVE),
        ([], Exit.INCONCLUSIVE),
    ],
)
def test_verdicts_decide_the_exit_code(verdicts: list[Verdict], code: Exit) -> None:
    assert result(*verdicts).exit == code


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"residue": 1}, Exit.BAD),
        ({"lost": True}, Exit.UNREACHABLE),
        ({"broken": ("pytest ended with 4",)}, Exit.ERROR),
    ],
)
def test_what_else_decides_it(fields: dict[str, Any], code: Exit) -> None:
    assert result("pass", **fields).exit == code


def test_nothing_ran_because_of_us() -> None:
    assert result("untestable", broken=("pytest ended with 4",)).exit == Exit.ERROR
