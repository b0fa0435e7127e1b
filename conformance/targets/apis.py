"""The APIs that can be judged, by name; one more line makes one more of them."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.targets.api import Api
from conformance.targets.dispatch_api import DISPATCH
from conformance.targets.exchange_api import EXCHANGE
from conformance.targets.meta_api import META
from conformance.targets.services_api import SERVICES
from conformance.targets.tasks_api import TASKS

APIS: Mapping[str, Api] = {api.name: api for api in (DISPATCH, META, SERVICES, TASKS, EXCHANGE)}
