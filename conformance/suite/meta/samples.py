"""Resources that differ in whatever filters, masks and JSON can tell, or those that are there.

With a hook they are made once for all checks of a process that only read; without one the checks
work with what the target has, and say less.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from conformance.failures import NotApplicable, Untestable
from conformance.judging import by_depth, not_applicable
from conformance.oracles.meta.model import KINDS, Data
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population, listed_after
from conformance.targets.reaching import Shelved

TEXTS = (
    "Alpha",
    "beta",
    "Alpha",
    'say "hi"',
    "Alp",
    "back\\slash",
    "1+1=2 & 50%/x",
    "Größe €𝄞",
    "",
)
TAGS = ((), ("red",), ("red", "green"), ("reddish",))
VERSIONS = ((), ("v1",), ("v1alpha2", "v1"), ("v2",))
COUNT, FEW = len(TEXTS), 5


def sample(meta: MetaTarget, kind: str) -> Population:
    """Resources of a kind (plural), only to be read.

    Raises:
        NotApplicable: no hook is declared, and there are none.
        Untestable: the hook does not work.
    """
    if not meta.session.declared or "mutate" not in meta.capabilities:
        return meta.population(kind)
    shelf, key = meta.session.shelf, ("sample", kind)
    if key in shelf:
        meta.recorder.recall(shelf[key].steps)
    else:
        began, before = meta.recorder.mark(), set(meta.hook.made)
        population = _made(meta, kind, by_depth(full=COUNT, staging=FEW))
        meta.hook.shelve([name for name in meta.hook.made if name not in before])
        shelf[key] = Shelved(value=population, steps=meta.recorder.since(began))
    found: Population = shelf[key].value
    return found


def samples(meta: MetaTarget, *kinds: str) -> list[Population]:
    """Resources of those of these kinds of which there are any; of all four if none is given.

    Raises:
        NotApplicable: there are none of either.
        Untestable: the hook does not work.
    """
    found, reason = [], ""
    for kind in kinds or KINDS:
        try:
            found.append(sample(meta, kind))
        except NotApplicable as missing:
            reason = str(missing)
    return found or not_applicable(reason)


def text_of(data: Data | None) -> str:
    """A resource as a text that is the same for equal ones; the entries of maps have no order."""
    return json.dumps(data, sort_keys=True)


def _made(meta: MetaTarget, kind: str, count: int) -> Population:
    above, parent, reference = KINDS[kind].parent, None, ""
    context: list[Data] = []
    if above:
        context.append(meta.fresh(above))
        parent = context[-1]["name"]
    if kind == "deployments":
        context.append(meta.fresh("services"))
        reference = context[-1]["name"]
    new: list[Data] = []
    for number in range(count):
        data = meta.fresh(kind, parent=parent)
        # Names of different lengths, so that nothing goes by that.
        data["name"] += "x" * (number % 3)
        data.update(fields_of(kind, number, [item["name"] for item in new], reference))
        metadata = metadata_of(number)
        metadata["labels"].update(data["metadata"]["labels"])
        data["metadata"] = metadata
        new.append(data)
    # At two moments, and one of them changed, so that times and generations differ.
    half = count // 2
    meta.hook.change([*context, *new[:half]])
    new[1]["metadata"]["annotations"]["changed"] = "yes"
    for name in _texts(kind)[-1:]:
        new[1][name] += " changed"
    meta.hook.change([*new[half:], new[1]])
    names = [data["name"] for data in new]
    listed = ", ".join(f'"{name}"' for name in names)
    # Below a parent of its own there is nothing else; one rule less that a target has to keep.
    filter_ = "" if parent else f"name IN ({listed})"
    shown = listed_after(meta, kind, parent, names, filter_)
    items = [item for item in shown if item["name"] in set(names)]
    if len(items) < count:
        raise Untestable(f"the hook made {count} {kind}, but only {len(items)} of them are listed")
    return Population(
        kind=kind,
        parent=parent,
        filter=filter_,
        items=tuple(items),
        owned=True,
    )


def fields_of(kind: str, number: int, siblings: Sequence[str], reference: str) -> dict[str, Any]:
    """The fields of the n-th of them, but for name and metadata: few values, some not set.

    Args:
        kind: plural.
        number: of the resource, from 0.
        siblings: names of those before it.
        reference: a service, for deployments.
    """
    own = KINDS[kind].fields
    fields: dict[str, Any] = {}
    for at, name in enumerate(_texts(kind)):
        fields[name] = TEXTS[number * (at + 1) % len(TEXTS)]
    for field in own.values():
        if field.type == "name" and field.name != "name":
            fields[field.name] = reference
        elif field.type == "bool" and field.name != "is_default":
            fields[field.name] = number % 2 == 0
        elif field.type == "string" and field.shape == "list":
            fields[field.name] = list(VERSIONS[number % len(VERSIONS)])
    if kind == "regions":
        if number % 3 != 2:
            fields["location"] = {
                "country": ("DE", "JP")[number % 2],
                "city": ("Berlin", "Tokyo", "")[number // 2 % 3],
            }
        near = siblings[-(number % 3) :] if number % 3 else []
        fields["connectivity_scores"] = [
            {"dest": dest, "score": 10 * number + at} for at, dest in enumerate(near)
        ]
    return fields


def metadata_of(number: int) -> dict[str, Any]:
    """Metadata of the n-th of them, as far as it is not the server's to set."""
    metadata: dict[str, Any] = {
        "tags": list(TAGS[number % len(TAGS)]),
        "labels": {"tier": ("gold", "silver", "gold")[number % 3]},
        "annotations": {"note": TEXTS[number % len(TEXTS)]},
    }
    if number % 4 != 3:
        metadata["shards"] = {"k": number % 4 - 1}
        metadata["labels"]["k"] = ("a", "b")[number % 2]
    if number % 3 != 1:
        metadata["lifecycle"] = {"state": 1 + number % 2}
    return metadata


def _texts(kind: str) -> list[str]:
    fields = KINDS[kind].fields.values()
    return [field.name for field in fields if field.type == "string" and field.shape == "one"]
