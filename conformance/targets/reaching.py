"""What sessions of every API that speaks gRPC begin with: a connection, credentials, a contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from conformance.failures import UsageError
from conformance.recorder import Step
from conformance.targets.budget import Budget
from conformance.targets.client import Client
from conformance.targets.credentials import Credentials
from conformance.targets.profile import Target
from fixtures.contracts import Contract, ContractError, from_file


@dataclass(frozen=True, kw_only=True)
class Shelved:
    """What one check has made for others to read.

    Attributes:
        value: what it is to them.
        steps: the exchange in which it came about.
    """

    value: Any
    steps: Sequence[Step]


def dial(target: Target, credentials: Credentials, deadline_s: float, budget: Budget) -> Client:
    """The gRPC connection to a target, for one caller.

    Raises:
        UsageError: the profile names no endpoint.
    """
    if target.endpoint is None:
        raise UsageError("no endpoint: give --endpoint HOST:PORT or `endpoint` in the target file")
    return Client(
        target.endpoint,
        tls=target.tls,
        credentials=credentials,
        budget=budget,
        deadline_s=deadline_s,
    )


def credentials_with(target: Target, metadata: Mapping[str, str]) -> Credentials:
    """The credentials of the target, and what an API's own profile adds to them."""
    return Credentials(metadata={**target.metadata, **metadata}, command=target.metadata_command)


def contract_for(
    target: Target,
    *,
    shipped: Callable[[], Contract],
    reflected: Callable[[], Contract],
    needs: Callable[[Contract], object],
) -> Contract:
    """The contract that the profile names.

    Args:
        target: says which: `builtin`, `reflection`, or a descriptor set's file.
        shipped: gives ours.
        reflected: asks the endpoint for its own.
        needs: raises ContractError where a foreign contract lacks what the API needs.

    Raises:
        UsageError: it cannot be had, or lacks something.
    """
    try:
        if target.contract == "builtin":
            return shipped()
        found = reflected() if target.contract == "reflection" else from_file(Path(target.contract))
        needs(found)
    except ContractError as error:
        raise UsageError(f"contract: {error}") from None
    except grpc.RpcError as error:
        raise UsageError(f"contract: no reflection: {error.code().name}") from None
    except OSError as error:
        raise UsageError(f"contract: {target.contract}: {error.strerror}") from None
    return found
