"""Rules for answers of the exchange as such, for storage, people and sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.histories.history import Call, Frame
from conformance.histories.judging import Dialect, Found, Seen, rule
from conformance.histories.rules import exchange_series
from conformance.histories.rules.exchange_view import Asked, View
from conformance.oracles.exchange.appsync import broken, timeout_of
from conformance.targets.exchange_contract import SCALARS, Schema, Type
from conformance.targets.exchange_errors import malformed

WHOLE = 2000
"""Details of errors are cut to so many characters when they are recorded."""

_KINDS: Mapping[str, tuple[type, ...]] = {
    "ID": (str,),
    "String": (str,),
    "Int": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}


@rule("DX-TR-001", "DX-US-003", "DX-CO-011")
def shapes(view: View) -> Found:
    """What is answered is what the schema says, as far as it was asked for."""
    for asked in view.asked:
        if asked.value is None:
            continue
        wrong = next(_odd(asked.value, asked.operation.field.type, view.schema, ""), "")
        where = (asked.call,)
        text = f"{asked.operation.name}{wrong}" if wrong else ""
        yield Seen(id="DX-TR-001", wrong=text, where=where)
        for path, word, words in _words(asked.value, asked.operation.field.type, view.schema):
            row = {"UserRole": "DX-US-003", "UserAccountState": "DX-US-003"}.get(path)
            row = row or ("DX-CO-011" if path == "CollaborativeMemberPermission" else None)
            if row is not None:
                text = f"{word!r} is none of {', '.join(words)}" if word not in words else ""
                yield Seen(id=row, wrong=text, where=where)


def _odd(value: Any, kind: Type, known: Schema, path: str) -> Iterator[str]:
    """Where a value is not of its type; fields that were not asked for are passed over."""
    if value is None:
        if kind.required or (kind.is_list and not known.is_leaf(kind.name)):
            yield f"{path} is null, {kind} in the schema"
        return
    if kind.is_list:
        if not isinstance(value, list):
            yield f"{path} is {value!r}, {kind} in the schema"
            return
        inner = Type(name=kind.name, is_list=False, required=True)
        for number, item in enumerate(value):
            yield from _odd(item, inner, known, f"{path}[{number}]")
    elif not known.is_leaf(kind.name):
        if not isinstance(value, Mapping):
            yield f"{path} is {value!r}, {kind} in the schema"
            return
        for name, field in known.types[kind.name].items():
            if name in value:
                yield from _odd(value[name], field.type, known, f"{path}.{name}")
    else:
        wanted = _KINDS[kind.name] if kind.name in SCALARS else (str,)
        if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
            yield f"{path} is {value!r}, {kind} in the schema"


def _words(value: Any, kind: Type, known: Schema) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every word of an enumeration that is shown, with the words there are."""
    if isinstance(value, list):
        for item in value:
            yield from _words(item, kind, known)
    elif kind.name in known.enums:
        if isinstance(value, str):
            yield kind.name, value, known.enums[kind.name]
    elif isinstance(value, Mapping) and kind.name in known.types:
        for name, field in known.types[kind.name].items():
            if value.get(name) is not None:
                yield from _words(value[name], field.type, known)


@rule("DX-TR-006", "DX-TR-007")
def errors(view: View) -> Found:
    """Every error has a message and a type; those of a field say where."""
    for call in view.calls:
        for error in _errors(call):
            yield Seen(id="DX-TR-006", wrong=malformed(error) or "", where=(call,))
            if isinstance(error, Mapping) and error.get("path"):
                there = isinstance(error.get("locations"), list) and error["locations"]
                text = "" if there else "an error with a path and without locations"
                yield Seen(id="DX-TR-007", wrong=text, where=(call,))


def _errors(call: Call) -> list[Any]:
    details = call.line.details
    if call.ok or len(details) >= WHOLE:
        return []
    try:
        found = json.loads(details).get("errors")
    except (ValueError, AttributeError):
        return []
    return found if isinstance(found, list) else []


@rule("DX-AU-001")
def strangers(view: View) -> Found:
    """A call without a token is refused."""
    for asked in view.asked:
        if asked.caller == "nobody" and view.anonymous(asked.call):
            text = f"{asked.operation.name} without a token: {asked.call.code}"
            good = asked.call.code.startswith("HTTP 401") and asked.value is None
            yield Seen(id="DX-AU-001", wrong="" if good else text, where=(asked.call,))


STORED = ("DX-DS-002", "DX-DS-003", "DX-DS-006", "DX-DI-001", "DX-DI-002", "DX-DI-005")


@rule(*STORED, "DX-FI-001", "DX-TS-001", "DX-EX-001")
def stored(view: View) -> Found:
    """Ids, and what a store or directory shows of what is in it."""
    for asked in view.of("storage_getDataStore"):
        shown, wanted = asked.value.get("dataStoreId"), asked.arguments.get("dataStoreId")
        text = f"{shown!r} for {wanted!r}" if shown not in (None, wanted) else ""
        yield Seen(id="DX-DS-002", wrong=text, where=(asked.call,))
    for name in ("storage_listDataStores", "storage_getDataStore", "storage_createDataStore"):
        for asked in view.of(name):
            stores = asked.value if isinstance(asked.value, list) else [asked.value]
            for store in stores:
                yield from _store(store, asked)
    for name in ("timeSeriesDb_listDatabases", "timeSeriesDb_createDatabase"):
        for asked in view.of(name):
            for held in asked.value if isinstance(asked.value, list) else [asked.value]:
                id_ = str(held.get("timeSeriesDbId", ""))
                bad = id_ and ("timeSeriesDb" not in id_ or "dataStore" in id_)
                text = f"id {id_!r} of a database" if bad else ""
                yield Seen(id="DX-DS-006", wrong=text, where=(asked.call,))
                bare = "databaseName" in held and not (held["databaseName"] and held["tableName"])
                text = f"{id_} has no names for SQL" if bare else ""
                yield Seen(id="DX-TS-001", wrong=text, where=(asked.call,))
    for asked in view.of("storage_getDataStoreDirectory"):
        yield from _contents(asked.value, asked)
    for asked in view.of("storage_createDataStoreFile"):
        lacks = [key for key in ("url", "itemId") if key in asked.value and not asked.value[key]]
        text = f"no {lacks[0]}" if lacks else ""
        yield Seen(id="DX-FI-001", wrong=text, where=(asked.call,))
    for asked in view.of(FILE):
        yield from _owned(asked.value, asked)
    for asked in view.of("timeSeriesDb_generateQueryResultExportFile"):
        for key, usual in (("queryId", None), ("fileFormat", "CSV")):
            wanted, told = asked.arguments.get(key, usual), asked.value.get(key)
            if told is not None:
                text = f"{key} {told!r}, asked was {wanted!r}" if told != wanted else ""
                yield Seen(id="DX-EX-001", wrong=text, where=(asked.call,))


def _owned(each: Mapping[str, Any], asked: Asked) -> Found:
    owner = each.get("owner")
    if {"owner", "ownerUserId"} <= each.keys():
        id_ = owner.get("userId", each["ownerUserId"]) if isinstance(owner, Mapping) else None
        good = id_ is not None and id_ == each["ownerUserId"]
        text = f"owner {id_!r} and {each['ownerUserId']!r} of {each.get('name')!r}"
        yield Seen(id="DX-DI-005", wrong="" if good else text, where=(asked.call,))


def _store(store: Mapping[str, Any], asked: Asked) -> Found:
    id_ = store.get("dataStoreId")
    if isinstance(id_, str):
        text = "" if "dataStore" in id_ else f"id {id_!r} of a store"
        yield Seen(id="DX-DS-006", wrong=text, where=(asked.call,))
    home = store.get("homeDirectory")
    if isinstance(home, Mapping) and "homeDirectory" in home:
        bad = home["homeDirectory"] is not True or home.get("parentDirectoryId")
        text = f"home directory {home.get('dataStoreDirectoryId')} of {id_}" if bad else ""
        yield Seen(id="DX-DS-003", wrong=text, where=(asked.call,))


def _contents(directory: Mapping[str, Any], asked: Asked) -> Found:
    yield from _owned(directory, asked)
    if directory.get("homeDirectory") is True and "parentDirectoryId" in directory:
        parent = directory["parentDirectoryId"]
        text = f"a home directory below {parent}" if parent is not None else ""
        yield Seen(id="DX-DS-003", wrong=text, where=(asked.call,))
    held = directory.get("contents")
    for each in held if isinstance(held, list) else ():
        if not {"objectType", "dataStoreFile", "dataStoreDirectory"} <= each.keys():
            continue
        file, inner = each["dataStoreFile"], each["dataStoreDirectory"]
        wanted = (each["objectType"] == "FILE", each["objectType"] == "DIRECTORY")
        good = (file is not None, inner is not None) == wanted and any(wanted)
        text = f"a {each['objectType']} in {directory.get('dataStoreDirectoryId')}"
        yield Seen(id="DX-DI-001", wrong="" if good else text, where=(asked.call,))
        child = file if file is not None else inner
        if not isinstance(child, Mapping):
            continue
        key = "dataStoreDirectoryId" if file is not None else "parentDirectoryId"
        own = directory.get("dataStoreDirectoryId")
        if own is not None and key in child:
            text = f"a child of {own} says {child[key]}" if child[key] != own else ""
            yield Seen(id="DX-DI-002", wrong=text, where=(asked.call,))
        if inner is not None:
            yield from _contents(inner, asked)


FILE = "storage_getDataStoreFile"


@rule("DX-FI-004", "DX-FI-005", "DX-FI-007", "DX-FI-008")
def files(view: View) -> Found:
    """Files come back as they were sent, and are gone once deleted."""
    made: dict[Any, Asked] = {}
    gone: dict[Any, Asked] = {}
    for asked in view.of("storage_createDataStoreFile"):
        made[asked.value.get("itemId")] = asked
    for asked in view.of("storage_deleteDataStoreFile"):
        id_ = asked.arguments.get("dataStoreFileId")
        shown = asked.value.get("dataStoreFileId", id_)
        text = f"{shown!r} for {id_!r}" if shown != id_ else ""
        yield Seen(id="DX-FI-007", wrong=text, where=(asked.call,))
        before = gone.setdefault(id_, asked)
        if before is not asked and _settled(view, before, asked):
            text = f"{id_} was deleted twice"
            yield Seen(id="DX-FI-008", wrong=text, where=(before.call, asked.call))
    for asked in view.of("storage_deleteDataStoreFile", ok=False):
        first = gone.get(asked.arguments.get("dataStoreFileId"))
        if first is not None and first.call.before(asked.call):
            yield Seen(id="DX-FI-008")
    for asked in view.of(FILE, ok=None):
        id_ = asked.arguments.get("dataStoreFileId")
        first = gone.get(id_)
        if first is not None and (asked.value is None or _settled(view, first, asked)):
            text = f"{id_} is shown although it was deleted" if asked.value is not None else ""
            yield Seen(id="DX-FI-007", wrong=text, where=(first.call, asked.call))
        elif asked.value is not None and id_ in made and not _renamed(view, id_):
            yield from _as_sent(made[id_], asked)
    yield from _bytes(view)


def _settled(view: View, before: Asked, asked: Asked) -> bool:
    """Whether reads had to show what a call had done by the time that another one began."""
    settle_us = round(view.profile.settle * 1_000_000)
    ended_us = before.call.ended_us
    return ended_us is not None and ended_us + settle_us < asked.call.began_us


def _renamed(view: View, id_: Any) -> bool:
    updates = view.of("storage_updateDataStoreFile", ok=None)
    touched = any(asked.arguments.get("dataStoreFileId") == id_ for asked in updates)
    return touched or not view.history.about.sole_writer


def _as_sent(made: Asked, asked: Asked) -> Found:
    for key in ("name", "fileExtension", "description"):
        if key in asked.value and made.arguments.get(key) is not None:
            sent, kept = made.arguments[key], asked.value[key]
            text = f"{key} {kept!r}, sent was {sent!r}" if sent != kept else ""
            yield Seen(id="DX-FI-005", wrong=text, where=(made.call, asked.call))


def _bytes(view: View) -> Found:
    """A download has as many bytes as the only upload to the file."""
    uploads: dict[str, list[Call]] = {}
    urls: dict[str, str] = {}
    for asked in view.of("storage_createDataStoreFile"):
        urls[f"PUT {asked.value.get('url')}"] = str(asked.value.get("itemId"))
    for asked in view.of("storage_getDataStoreFileDownloadUrl"):
        urls[f"GET {asked.value.get('url')}"] = str(asked.arguments.get("dataStoreFileId"))
    for call in view.objects:
        if call.method.startswith("PUT ") and call.method in urls:
            uploads.setdefault(urls[call.method], []).append(call)
    for call in view.objects:
        sent = uploads.get(urls.get(call.method, ""), [])
        if not call.method.startswith("GET ") or not call.ok or len(sent) != 1:
            continue
        put = sent[0]
        reply = call.line.reply if isinstance(call.line.reply, Mapping) else {}
        body = put.line.request if isinstance(put.line.request, Mapping) else {}
        whole = reply.get("status") == 200 and "of" not in body and not call.line.request
        if put.ok and put.before(call) and whole and {"bytes"} <= reply.keys() & body.keys():
            text = f"{reply['bytes']} bytes, {body['bytes']} were sent"
            wrong = text if reply["bytes"] != body["bytes"] else ""
            yield Seen(id="DX-FI-004", wrong=wrong, where=(put, call))


@rule("DX-US-001", "DX-CO-003")
def people(view: View) -> Found:
    """One token is one user; a service is in a collaborative once."""
    first: dict[str, Asked] = {}
    for asked in view.of("user_getUserSession"):
        user = asked.value.get("user") if isinstance(asked.value, Mapping) else None
        if not isinstance(user, Mapping) or "userId" not in user or not asked.caller:
            continue
        known = first.setdefault(asked.caller, asked)
        was = known.value["user"]["userId"]
        text = f"{asked.caller} is {was}, then {user['userId']}" if was != user["userId"] else ""
        stable = asked.caller not in ("another token", "other headers")
        if stable:
            yield Seen(id="DX-US-001", wrong=text, where=(known.call, asked.call))
    for asked in view.of("collaborative_listCollaborativeServices"):
        ids = [s.get("serviceId") for s in asked.value if isinstance(s, Mapping)]
        twice = [id_ for id_ in ids if id_ is not None and ids.count(id_) > 1]
        text = f"{twice[0]} is listed twice" if twice else ""
        yield Seen(id="DX-CO-003", wrong=text, where=(asked.call,))


@rule("DX-WS-001", "DX-WS-003")
def sockets(view: View) -> Found:
    """Everything that a server says on a connection, by the rules of the protocol."""
    for stream in view.sockets:
        heard = [frame for frame in stream.received if isinstance(frame.line.reply, Mapping)]
        said = [frame.line.request for frame in stream.frames if frame.sent]
        started = [
            str(each.get("id"))
            for each in said
            if isinstance(each, Mapping) and each.get("type") == "start"
        ]
        where: tuple[Call | Frame, ...] = (stream.opened, *heard[:20])
        for frame in heard:
            if frame.line.reply.get("type") == "connection_ack":
                text = "connection_ack without connectionTimeoutMs"
                good = timeout_of(frame.line.reply) is not None
                yield Seen(id="DX-WS-001", wrong="" if good else text, where=where)
        wrong = broken([frame.line.reply for frame in heard], started=started)
        if started:
            yield Seen(id="DX-WS-003", wrong=wrong or "", where=where)


EXCHANGE = Dialect(
    name="exchange",
    read=View,
    rules=(
        shapes,
        errors,
        strangers,
        stored,
        files,
        people,
        sockets,
        *exchange_series.RULES,
    ),
    beyond={
        "DX-AU": "credentials are not in a history",
        "DX-TR": "the text of requests and answers is judged with texts made for it",
        "DX-WS-007": "how fast a socket was read is not in a history",
        "DX-CO": "who is a member of what is set up by a run",
        "DX-SQ": "what SQL means is judged with queries made for it",
    },
)
