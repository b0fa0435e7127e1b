"""The kill table: `python -m conformance.mutants.table [ID …]`.

Each fault is judged by the requirements that it names, all of which have to fail; each legal
variant by the whole suite, of which nothing may. Without ids everything is judged.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any, get_args

from conformance.mutants.catalogue import MUTANTS, VARIANTS
from conformance.mutants.change import Api, Mutant, Variant
from conformance.mutants.trial import DEPTH, Trial, caught, try_mutant, try_variant
from conformance.requirements import load
from fixtures.documents.names import neighbour_or_all
from fixtures.terminal import Exit, fail, progress

_EVERY: Sequence[Mutant | Variant] = [*MUTANTS, *VARIANTS]
_KNOWN: Mapping[str, Mutant | Variant] = {change.id: change for change in _EVERY}


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge, print the table, and return 0 if every fault was caught and no variant rejected."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance.mutants.table", description=__doc__
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="faults and variants to judge")
    parser.add_argument("--services", default="", help="of these APIs only: dispatch, meta …")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--mutants", action="store_true", help="faults only")
    only.add_argument("--variants", action="store_true", help="variants only")
    parser.add_argument(
        "--only",
        default="",
        metavar="ID,…",
        help="faults and variants to judge, or requirements by which variants are judged",
    )
    parser.add_argument("--long", action="store_true", help="variants by checks that wait, too")
    parser.add_argument("--depth", default=DEPTH, choices=("staging", "full"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    listed = list(filter(None, options.only.split(",")))
    options.only = tuple(id_ for id_ in listed if id_ not in _KNOWN)
    chosen = _chosen(
        [*options.ids, *(id_ for id_ in listed if id_ in _KNOWN)],
        _services(options.services),
        faults=not options.variants,
        legal=not options.mutants,
    )
    trials = []
    with progress(float(len(chosen)), "judging") as show:
        for number, change in enumerate(chosen):
            show(float(number), change.id)
            trials.append(_tried(change, options))
            if not options.json:
                print(*lines(trials[-1]), sep="\n", flush=True)
    print(json.dumps(list(map(as_json, trials)), indent=1) if options.json else _sum(trials))
    return Exit.GOOD if all(map(good, trials)) else Exit.BAD


def _tried(change: Mutant | Variant, options: argparse.Namespace) -> Trial:
    if isinstance(change, Mutant):
        return try_mutant(change, seed=options.seed, depth=options.depth)
    return try_variant(
        change, options.only, seed=options.seed, depth=options.depth, long=options.long
    )


def good(trial: Trial) -> bool:
    """Whether the suite judged right: caught the fault, or accepted the variant."""
    return not (trial.survived if isinstance(trial.change, Mutant) else trial.rejected)


def as_json(trial: Trial) -> dict[str, Any]:
    """A trial as a record: what was judged, and each requirement's verdict and reason."""
    fault = isinstance(trial.change, Mutant)
    return {
        "id": trial.change.id,
        "kind": "mutant" if fault else "variant",
        "sentence": trial.change.sentence,
        "good": good(trial),
        "requirements": [
            {
                "id": row.requirement.id,
                "verdict": row.verdict,
                "caught": caught(row),
                "reason": row.reason,
            }
            for row in trial.rows
            if fault or row.requirement.id in trial.rejected
        ],
    }


def lines(trial: Trial) -> list[str]:
    """A trial as text: one line, and one for each requirement that was judged wrongly."""
    if isinstance(trial.change, Mutant):
        marks = [
            f"{row.requirement.id} {'caught' if caught(row) else 'SURVIVED'}" for row in trial.rows
        ]
        text = [f"{trial.change.id:34} {', '.join(marks)}"]
        wrong = set(trial.survived)
    else:
        wrong = set(trial.rejected)
        text = [f"{trial.change.id:34} {'REJECTED' if wrong else 'accepted'}"]
    return text + [
        f"    {row.requirement.id} {row.verdict}: {row.reason[:300]}"
        for row in trial.rows
        if row.requirement.id in wrong
    ]


def _chosen(
    ids: Collection[str], services: Collection[Api], *, faults: bool, legal: bool
) -> list[Mutant | Variant]:
    if unknown := [id_ for id_ in ids if id_ not in _KNOWN]:
        fail(Exit.USAGE, f"no mutant or variant {', '.join(unknown)}")
    return [
        change
        for change in ([_KNOWN[id_] for id_ in ids] or _KNOWN.values())
        if (faults if isinstance(change, Mutant) else legal) and change.api in services
    ]


def _services(text: str) -> Collection[Api]:
    apis: tuple[Api, ...] = get_args(Api)
    wanted = list(filter(None, text.split(",")))
    for name in wanted:
        if name not in apis:
            fail(Exit.USAGE, f"no mutants of {name!r}{neighbour_or_all(name, apis)}")
    return [api for api in apis if api in wanted or not wanted]


def _sum(trials: Sequence[Trial]) -> str:
    faults = [trial for trial in trials if isinstance(trial.change, Mutant)]
    legal = [trial for trial in trials if isinstance(trial.change, Variant)]
    killing = {row.requirement.id for trial in faults for row in trial.rows if caught(row)}
    apis = {trial.change.api for trial in trials}
    known = load().select(services=sorted(apis))
    return (
        f"{sum(map(good, faults))} of {len(faults)} faults caught, by {len(killing)} of "
        f"{len(known)} requirements; "
        f"{sum(map(good, legal))} of {len(legal)} variants accepted"
    )


if __name__ == "__main__":
    sys.exit(main())
