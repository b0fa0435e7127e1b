"""The one place where refusals of services, and faults of ours, become gRPC statuses."""

import logging
from typing import Final

import grpc

from simulator.services.errors import Code, ServiceError

_BY_NUMBER: Final = {status.value[0]: status for status in grpc.StatusCode}
STATUS: Final = {code: _BY_NUMBER[code] for code in Code}
"""gRPC's codes by ours."""

_log = logging.getLogger(__name__)


def fault(what: str, error: Exception) -> ServiceError:
    """Report a fault of ours: a traceback on our side, one sentence for the caller."""
    _log.error("%s failed", what, exc_info=error)
    return ServiceError(Code.INTERNAL, f"internal error: {type(error).__name__}")
