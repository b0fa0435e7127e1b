"""Short ways to write watch messages for tests."""

from importlib import resources

import yaml

from conformance.oracles.meta.fields import complete
from conformance.oracles.meta.model import Change, Message


def region(id_, title="t"):
    return complete("Region", {"name": f"regions/{id_}" if id_ else "", "title": title})


def change(kind, id_, title="t", at=0, was=0):
    data = None if kind == "removed" else region(id_, title)
    name = f"regions/{id_}" if id_ else ""
    return Change(
        kind=kind,
        name=name,
        data=data,
        view_index=at,
        previous_view_index=was,
        object_name=data["name"] if data else "",
    )


def current(*ids, title="t"):
    return tuple(change("current", id_, title) for id_ in ids)


def removed(*ids):
    return tuple(change("removed", id_) for id_ in ids)


def added(*ids, first=0):
    return tuple(change("added", id_, at=first + n) for n, id_ in enumerate(ids))


def chunk(*changes, **rest):
    return Message(changes=changes, **rest)


def closing(*changes, token="T1", **rest):
    return Message(changes=changes, is_current=True, resume_token=token, **rest)


def size(number):
    return Message(snapshot_size=number)


SOFT = Message(soft_reset=True)
HARD = Message(hard_reset=True)


def ids(items):
    return [item["name"].removeprefix("regions/") for item in items]


def requirement_ids():
    ledger = resources.files("conformance.requirements") / "meta.yaml"
    return {row["id"] for row in yaml.safe_load(ledger.read_text(encoding="utf-8"))}
