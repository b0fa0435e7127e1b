"""The APIs whose histories are judged, by name; one more line makes one more of them."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.histories.judging import Dialect
from conformance.histories.rules.dispatch import DISPATCH
from conformance.histories.rules.exchange import EXCHANGE
from conformance.histories.rules.meta import META
from conformance.histories.rules.services import SERVICES
from conformance.histories.rules.tasks import TASKS

DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect for dialect in (DISPATCH, META, SERVICES, TASKS, EXCHANGE)
}
