"""Starts the reference server as a process of its own, to be judged like any other target."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from conformance.failures import JudgeError
from conformance.requirements import SERVICES
from conformance.run.paths import environment
from conformance.targets.profile import (
    DispatchProfile,
    ExchangeProfile,
    Identity,
    MetaHook,
    MetaProfile,
    Services,
    ServicesProfile,
    Target,
    TasksProfile,
)
from fixtures.targets.exchange import ROLES as EXCHANGE_ROLES
from fixtures.targets.exchange import ExchangeControl
from fixtures.targets.parts import Section
from fixtures.targets.services import ServiceNames, ServiceType, fault_config
from fixtures.targets.tasks import EventAdapter, TasksAuth

START_S = 60.0
"""How long the server may take until it accepts requests."""

STOP_S = 15.0

SQL_LIMIT_S = 5.0
"""How long an SQL query of the exchange may take: a minute, as usual, is too long to be awaited."""

SECOND_TENANT_MICROGRID = 1
"""The only microgrid that the second tenant may see."""

META_PERMISSIONS = "services/meta.edgelq.com/permissions"

TENANTS = ("t1", "t2")
"""Tenants of the tasks API that the server has from its start."""

CONTROLLED = frozenset({"meta", "exchange"})
"""APIs of which checks need the control API."""

ROLES = ("own", "second_tenant", "read_only", "no_permission", "watch_only", *TENANTS)
"""Callers that the server knows; a key is drawn for each."""

MOCK = ServiceType(
    ok_config=fault_config(),
    bad_syntax_config="{",
    failing_config=fault_config(failAlways=True),
    slow_config=fault_config(loadDelay="1s"),
    retrying_config=fault_config(failAttempts=3, retry={"initial": "500ms"}),
)
"""The type of service that does nothing but load, in each way that there is."""

STORE = ServiceType(ok_config="{}", collections=("kind",))
"""A type of which a site has one service."""


def builtin_target(services: Collection[str] = SERVICES) -> Target:
    """What is known of the server before it runs: which APIs it has."""
    profiles = {"meta": {"profile": "sdk"}, "exchange": {"profile": "reference"}}
    blocks = {name: profiles.get(name, {}) for name in services}
    return Target(services=Services.model_validate(blocks))


@contextmanager
def reference_server(folder: Path, services: Collection[str] = SERVICES) -> Iterator[Target]:
    """A running reference server with keys and signatures, and the profile that describes it.

    Args:
        folder: for its files, which hold the keys.
        services: APIs that it has.

    Raises:
        JudgeError: it does not start; the text holds its last words.
    """
    keys = {role: secrets.token_urlsafe(18) for role in ROLES}
    accounts, tokens = _accounts()
    secret = secrets.token_urlsafe(24)
    auth = folder / "auth.json"
    people = {"exchange": accounts} if "exchange" in services else {}
    _write_private(auth, {**_auth(keys, secret, services), **people})
    ready, log = folder / "ready.json", folder / "server.log"
    command = [sys.executable, "-m", "gridproof", "serve", "--services", ",".join(services)]
    command += ["--host", "127.0.0.1", "--port", "0", "--http-port", "0"]
    command += ["--auth", str(auth), "--ready-file", str(ready)]
    if "exchange" in services:
        command += ["--quirks", "exchange=short-sql-limit"]
    if CONTROLLED.intersection(services):
        command.append("--control")
    with log.open("wb") as output:
        # A session of its own: an interrupt at the terminal must not take it away before clean-up.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment(),
            start_new_session=True,
        )
    try:
        addresses = _wait_ready(process, ready, log)
        yield _described(addresses, keys, tokens, secret, services)
    finally:
        _stop(process)


def _described(
    addresses: Mapping[str, str],
    keys: Mapping[str, str],
    tokens: Mapping[str, str],
    secret: str,
    services: Collection[str],
) -> Target:
    signing = ("second_tenant", "read_only")
    bearing = ("no_permission", "watch_only")
    identities = {role: Identity(auth_key=keys[role], sign_secret=secret) for role in signing}
    identities |= {role: Identity(metadata=_bearer(keys[role])) for role in bearing}
    blocks: dict[str, Callable[[], Section]] = {
        "dispatch": lambda: DispatchProfile(
            auth_key=keys["own"], sign_secret=secret, simulated_site=True
        ),
        "meta": lambda: MetaProfile(
            profile="sdk", hook=MetaHook(grpc=addresses["grpc"]), metadata=_bearer(keys["own"])
        ),
        "services": lambda: _services(keys),
        "tasks": lambda: _tasks(keys),
        "exchange": lambda: _exchange(addresses, keys, tokens),
    }
    return Target(
        endpoint=addresses["grpc"],
        http=addresses.get("http"),
        identities=identities,
        services=Services.model_validate({name: blocks[name]() for name in services}),
    )


def _services(keys: Mapping[str, str]) -> ServicesProfile:
    names = ServiceNames(required="drivers", kind="systems", generated="scratch")
    return ServicesProfile(
        names=names,
        aliases={name: f"gridproof/{name}" for name in names.model_dump().values()},
        destructive=True,
        types={"mock": MOCK, "store": STORE},
        metadata=_bearer(keys["own"]),
    )


def _tasks(keys: Mapping[str, str]) -> TasksProfile:
    return TasksProfile(
        tenants=TENANTS,
        auth=TasksAuth(tokens={tenant: keys[tenant] for tenant in TENANTS}),
        event_adapter=EventAdapter(),
        error_details_required=True,
    )


def _exchange(
    addresses: Mapping[str, str], keys: Mapping[str, str], tokens: Mapping[str, str]
) -> ExchangeProfile:
    return ExchangeProfile(
        profile="reference",
        tokens=dict(tokens),
        administration=True,
        sql="full",
        sql_limit=SQL_LIMIT_S,
        shared_write=False,
        atomic_publish=False,
        one_page_last_values=True,
        control=ExchangeControl(url=addresses["http"], headers=_bearer(keys["own"])),
    )


def _accounts() -> tuple[dict[str, Any], dict[str, str]]:
    """The shipped people of the exchange with tokens of this run, and these tokens by role."""
    text = (resources.files("fixtures.data") / "exchange_people.yaml").read_text(encoding="utf-8")
    people: dict[str, Any] = yaml.safe_load(text)
    tokens: dict[str, str] = {}
    for user in people["users"]:
        for token in user["tokens"]:
            # The shipped token of a role is its name.
            tokens[token["value"]] = token["value"] = secrets.token_urlsafe(18)
        if any(token["value"] == tokens.get("owner") for token in user["tokens"]):
            tokens["owner_again"] = secrets.token_urlsafe(18)
            user["tokens"].append({"value": tokens["owner_again"]})
    return people, {role: token for role, token in tokens.items() if role in EXCHANGE_ROLES}


def _bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def _auth(keys: Mapping[str, str], secret: str, services: Collection[str]) -> dict[str, Any]:
    tenants = TENANTS if "tasks" in services else ()
    return {
        "keys": [
            {"key": keys["own"]},
            {"key": keys["second_tenant"], "microgrids": [SECOND_TENANT_MICROGRID]},
            {"key": keys["read_only"], "rights": ["read"]},
            {"key": keys["no_permission"], "permissions": []},
            {"key": keys["watch_only"], "permissions": [f"{META_PERMISSIONS}/*.watch"]},
            *({"key": keys[tenant], "tenants": [tenant]} for tenant in tenants),
        ],
        "sign_secret": secret,
    }


def _write_private(path: Path, content: Any) -> None:
    # JSON is YAML, so the server reads it as its auth file.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file)


def _wait_ready(process: subprocess.Popen[bytes], ready: Path, log: Path) -> Mapping[str, str]:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if ready.exists():
            try:
                addresses: Mapping[str, str] = json.loads(ready.read_text(encoding="utf-8"))
                return addresses
            except ValueError:
                pass  # being written
        if process.poll() is not None:
            break
        time.sleep(0.05)
    words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    last = words[-1] if words else "it said nothing"
    raise JudgeError(f"the built-in server did not start: {last}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
