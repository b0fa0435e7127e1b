"""Removes what a check has made on an exchange API, and looks whether it is gone.

What is removed bears the role that made it, because only that one may. A resource that is refused
when it is asked for is gone as far as anybody can see.
"""

from __future__ import annotations

from collections.abc import Mapping

from conformance.failures import Nonconformance, Refused
from conformance.oracles.exchange.model import Service
from conformance.targets.exchange_calls import REMOVES, Caller
from conformance.targets.exchange_documents import Document, inlined
from conformance.targets.exchange_people import share_id
from conformance.targets.journal import Made

STAYS = "asset"
"""The kind of what the API has no operation to remove: published records of an asset."""

_LOOKS: Mapping[str, tuple[str, str]] = {
    "store": ("storage_getDataStore", "dataStoreId"),
    "directory": ("storage_getDataStoreDirectory", "dataStoreDirectoryId"),
    "file": ("storage_getDataStoreFile", "dataStoreFileId"),
    "database": ("timeSeriesDb_getDatabase", "timeSeriesDbId"),
    "collaborative": ("collaborative_getCollaborative", "collaborativeId"),
}
"""How the existence of something is seen, by kind."""

_REMOVALS = {kind: (name, key) for name, (kind, key) in REMOVES.items()}


def kind_of(made: Made) -> str:
    """What it is: a `file`, a `store`, a `share` or another kind."""
    return made.parent.partition("/")[0]


def role_of(made: Made) -> str:
    """Who made it."""
    return made.parent.partition("/")[2]


def remove(caller: Caller, made: Made) -> bool:
    """Remove something; whether it is gone.

    Raises:
        TargetLost: nobody answers.
    """
    try:
        caller.call(_removal(made), cleaning=True)
    except Refused:
        return not exists(caller, made)
    except Nonconformance:
        return True  # It answered with something odd, but it answered.
    return True


def exists(caller: Caller, made: Made) -> bool | None:
    """Whether something is still there; None where no answer tells.

    Raises:
        TargetLost: nobody answers.
    """
    kind = kind_of(made)
    try:
        if kind in _LOOKS:
            name, key = _LOOKS[kind]
            caller.call(inlined(name, {key: made.id}, contents=0), cleaning=True)
            return True
        if kind == "share":
            return _is_shared(caller, made)
        if kind == "token":
            tokens = caller.call(inlined("user_listAuthenticationTokens", {}), cleaning=True)
            return any(token.token_id == made.id for token in tokens)
    except Refused:
        return False
    except Nonconformance:
        return None
    return None


def _removal(made: Made) -> Document:
    if kind_of(made) == "share":
        collaborative, type_, service = made.id.split(" ")
        arguments = {
            "collaborativeId": collaborative,
            "serviceType": type_,
            "serviceId": service,
        }
        return inlined("collaborative_removeServiceFromCollaborative", arguments)
    name, key = _REMOVALS[kind_of(made)]
    return inlined(name, {key: made.id}, contents=0)


def _is_shared(caller: Caller, made: Made) -> bool:
    collaborative, type_, _ = made.id.split(" ")
    document = inlined(
        "collaborative_listCollaborativeServices", {"collaborativeId": collaborative}
    )
    services: tuple[Service, ...] = caller.call(document, cleaning=True)
    return any(share_id(collaborative, type_, s.service_id) == made.id for s in services)
