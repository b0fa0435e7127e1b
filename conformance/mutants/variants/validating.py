"""Legal variants in what is accepted and refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import grpc

from conformance.mutants import straight
from conformance.mutants.book import Refuse
from conformance.mutants.change import Changes, Variant
from conformance.oracles.model import DispatchData, Rule, Target
from conformance.oracles.payload import compact_size, struct_size
from conformance.oracles.validation import Problem


def doubting(*, accepts: Sequence[str] = (), refuses: Sequence[str] = ()) -> Changes:
    """Take or refuse doubtful requests (by trait or requirement) other than is preferred."""

    def objection(
        found: Sequence[Problem], data: DispatchData, at_us: int, where: str
    ) -> Problem | None:
        for problem in found:
            names = {problem.trait, problem.requirement}
            if names & set(refuses):
                return problem
            if not names & set(accepts) and straight.objects(problem, data, at_us):
                return problem
        return None

    return {"objection": objection}


def also_refusing(objects: Callable[[DispatchData, int], bool], text: str) -> Changes:
    """Refuse something more that may be refused."""
    problem = Problem(requirement="", level="may", field="dispatch", text=text)

    def objection(
        found: Sequence[Problem], data: DispatchData, at_us: int, where: str
    ) -> Problem | None:
        if objects(data, at_us):
            return problem
        return straight.objection(found, data, at_us, where)

    return {"objection": objection}


def limiting(size: Callable[[Mapping[str, Any]], int], most: int) -> Changes:
    """Another measure of a payload's size, and another limit."""

    def objection(
        found: Sequence[Problem], data: DispatchData, at_us: int, where: str
    ) -> Problem | None:
        rest = [problem for problem in found if problem.trait != "A19"]
        if size(data.payload) > most:
            return Problem(requirement="", level="may", field="payload", text="too large")
        return straight.objection(rest, data, at_us, where)

    return {"objection": objection}


def parts_kept(data: DispatchData) -> DispatchData:
    """Rule parts without a frequency are stored, though nothing recurs."""
    kept = straight.keep(data)
    if data.rule is None or data.rule.freq or data.rule == Rule(freq=0, interval=0):
        return kept
    return replace(kept, rule=data.rule)


def finer_codes(refusal: Refuse) -> grpc.StatusCode:
    """Past starts, sizes and ranges have statuses of their own."""
    text = str(refusal)
    if refusal.kind == "invalid":
        if text.startswith("start_time") and "past" in text:
            return grpc.StatusCode.FAILED_PRECONDITION
        if text.startswith("payload"):
            return grpc.StatusCode.RESOURCE_EXHAUSTED
        if "out of range" in text or text.startswith("count"):
            return grpc.StatusCode.OUT_OF_RANGE
    return straight.status(refusal)


def looks_like_code(data: DispatchData, at_us: int) -> bool:
    """Whether a text of the payload looks like a script."""
    return any(mark in str(data.payload) for mark in ("<script", "DROP TABLE", "$(", "{{"))


def target_needed(data: DispatchData, at_us: int) -> bool:
    """Whether the target is an empty set."""
    return isinstance(data.target, Target) and not data.target.items


def _variant(id_: str, sentence: str, trait: str, changes: Changes, *near: str) -> Variant:
    return Variant(id=id_, sentence=sentence, trait=trait, changes=changes, near=near)


VARIANTS = (
    _variant(
        "now-tolerant",
        "A start up to five seconds ago is accepted.",
        "A1",
        doubting(accepts=["A1"]),
        "DSP-VAL-001",
        "DSP-UPD-008",
    ),
    _variant(
        "now-strict",
        "A start has to be five seconds ahead.",
        "A1",
        doubting(refuses=["A1"]),
        "DSP-CRE-008",
        "DSP-VAL-018",
        "DSP-DEL-006",
        "DSP-STR-012",
    ),
    _variant(
        "start-has-to-match",
        "A start that does not match the rule is refused.",
        "A4",
        doubting(refuses=["A4"]),
        "DSP-REC-012",
        "DSP-CRE-003",
        "DSP-GET-001",
    ),
    _variant(
        "interval-needed",
        "A rule without interval is refused.",
        "A6",
        doubting(refuses=["A6"]),
        "DSP-REC-010",
        "DSP-REC-017",
        "DSP-UPD-017",
    ),
    _variant(
        "intervals-unlimited",
        "Any interval is accepted.",
        "A8",
        doubting(accepts=["A8"]),
        "DSP-VAL-012",
    ),
    _variant(
        "no-frequency-no-rule",
        "Rule parts without a frequency are accepted and dropped.",
        "A9",
        doubting(accepts=["A9"]),
        "DSP-VAL-013",
        "DSP-UPD-003",
    ),
    _variant(
        "no-frequency-kept",
        "Rule parts without a frequency are accepted and answered, but nothing recurs.",
        "A9",
        {**doubting(accepts=["A9"]), "keep": parts_kept},
        "DSP-VAL-013",
        "DSP-UPD-003",
    ),
    _variant(
        "empty-target-refused",
        "A target that lists nothing is refused.",
        "A14",
        also_refusing(target_needed, "no components"),
        "DSP-VAL-004",
    ),
    _variant(
        "root-has-no-depth",
        "The root of a payload is no level of its own.",
        "A18",
        doubting(accepts=["A18"]),
        "DSP-LIM-001",
        "DSP-LIM-002",
        "DSP-LIM-003",
    ),
    _variant(
        "payload-50000-bytes",
        "Payloads are limited to 50 000 bytes of JSON.",
        "A19",
        limiting(compact_size, 50_000),
        "DSP-LIM-004",
        "DSP-LIM-005",
        "DSP-LIM-006",
    ),
    _variant(
        "payload-by-wire-size",
        "Payloads are measured as they are encoded.",
        "A19",
        limiting(struct_size, 51_200),
        "DSP-LIM-004",
        "DSP-LIM-005",
        "DSP-LIM-006",
    ),
    _variant(
        "empty-type-accepted",
        "The empty type and microgrid 0 are accepted.",
        "A26",
        {
            **doubting(accepts=["A26"]),
            "refuses_microgrid": lambda book, microgrid, where: None,
        },
        "DSP-VAL-003",
        "DSP-VAL-017",
    ),
    _variant(
        "beyond-9999-refused",
        "A rule that goes on beyond the year 9999 is refused.",
        "DSP-REC-013",
        doubting(refuses=["year 9999"]),
        "DSP-REC-013",
    ),
    _variant(
        "categories-unchecked",
        "Unknown component categories are accepted.",
        "DSP-VAL-005",
        doubting(accepts=["DSP-VAL-005"]),
        "DSP-VAL-005",
    ),
    _variant(
        "scripts-refused",
        "Payloads with texts that look like scripts are refused.",
        "DSP-LIM-008",
        also_refusing(looks_like_code, "payload looks like code"),
        "DSP-LIM-008",
        "DSP-CRE-012",
    ),
    _variant(
        "codes-finer",
        "Past starts, sizes and ranges are refused with statuses of their own.",
        "DSP-VAL-017",
        {"status": finer_codes},
        "DSP-VAL-001",
        "DSP-VAL-009",
        "DSP-VAL-017",
        "DSP-LIM-005",
    ),
)
