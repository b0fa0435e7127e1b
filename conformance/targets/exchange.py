"""The exchange API of a target as checks use it: plain values, recorded, tagged, removed.

How a check is written (`conformance/suite/exchange/test_*.py`):

    from conformance.judging import expect, passive, refused, requirement
    from conformance.targets.exchange import REFUSED, ExchangeTarget
    from conformance.oracles.exchange.records import measure, multi, single

    @requirement("DX-TS-002")
    def test_multi(exchange: ExchangeTarget) -> None:
        database, asset = exchange.own_database().time_series_db_id, exchange.fresh_asset()
        at = exchange.recent_ns()
        exchange.publish(database, asset, [multi("m", [measure("SOC", "5.5")], at)])
        exchange.settled(lambda: exchange.last_values(database, asset).get(asset), what="asset")

    @requirement("DX-DS-004")
    @passive                                            # sends no mutation: runs on any endpoint
    def test_unknown(exchange: ExchangeTarget) -> None:
        unknown = exchange.absent("dataStore")
        refused(lambda: exchange.get_data_store(unknown), REFUSED, "unknown store")

- Values are those of `oracles.exchange.model`, named as in the schema but in snake case; lists are
  tuples. An answer that breaks the schema (null list, missing key) is a finding by itself.
- Every call raises `GraphRefused` (a `Refused`) for errors, and for null without an error, which
  is `silent`: a legal reading, to be observed. It has `kind` (errorType), `info`, `errors`,
  `rejected_records`, `reply`. Ask for `REFUSED`, or `UNAUTHENTICATED` for a bad token: the words
  of errorType are known for these two families alone (`Unauthorized`, `UnauthorizedException`).
- `exchange.post(text_or_object, headers=…)` sends anything and gives the `Reply` whatever it is;
  `exchange.document(name, **arguments)` writes documents, `selection="{ name }"` of one's own,
  `Raw("x")` a bare word. `exchange.with_variables` sends every call in the variables form.
- Who speaks: `exchange` is the owner; `exchange.as_role("read_only")` another caller, with
  `needs=["read_only"]` at the check (roles: `fixtures.targets.exchange.ROLES`);
  `exchange.with_token(text_or_None)` anybody. `exchange.me` is the user of the view.
- What there is: `exchange.store()`, `exchange.database()`, `exchange.collaborative()`,
  `exchange.common_collaborative("read_only")`; shared by everybody, so touch only what you made in
  them; `own_store()` and `own_database()` are the check's own where that can be. With
  `needs=["administration"]`: `fresh_store`, `fresh_directory`, `fresh_database`,
  `create_token`. Always: `fresh_file(data)`, `fresh_asset()`, `fresh_name()`.
- Checks run side by side: the lists of the owner change meanwhile. Judge what bears your names,
  keep the tag of `fresh_name` at the beginning of what you rename, and make stores of your own.
- Files, stores, directories, databases, tokens and shares are removed at the end of the check.
  Records cannot be: they stay under assets that bear the run's tag, and the journal names them.
- Reads may lag behind writes: `exchange.settled(look, what=…)` polls with the profile's patience.
- Bytes: `upload`, `download`, `exchange.objects.put/get/head/request/cut_upload`, `url_in`,
  `item_of`. Points: `exchange.points(...)` queries, exports and reads; `exchange.export(...)`.
- Subscriptions: `with exchange.subscribe("onTimeSeriesDbPublish", timeSeriesDbId=…, assetId=…) as
  subscription: subscription.next()`; for the protocol itself `with exchange.socket() as socket`.
- Faults: `with exchange.fault("http_error", operation=…, times=1)`, with `needs=["control"]`.
- SQL: `exchange.sql(database_id, text)` is a `timestream.Result`; `needs=["sql_full"]` beyond
  the basics. Results come from `oracles.exchange`: `upserts`, `series`, `sql`, `rights`, `pages`,
  `appsync`, `values`, `times`, `exports`; never from a SQL engine.
- Sharing between checks: `exchange.shared(key, make)`, for what nobody changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any

from conformance.context import ProfileName
from conformance.failures import JudgeError
from conformance.judging import UNAUTHENTICATED
from conformance.recorder import Recorder
from conformance.targets.credentials import Headers
from conformance.targets.exchange_calls import Caller, Log
from conformance.targets.exchange_cleaning import remove, role_of
from conformance.targets.exchange_control import fault
from conformance.targets.exchange_documents import Raw
from conformance.targets.exchange_errors import ANY_ERROR, GraphRefused, Reply
from conformance.targets.exchange_ground import Ground
from conformance.targets.exchange_objects import Objects
from conformance.targets.exchange_session import ExchangeSession
from conformance.targets.exchange_socket import Socket
from conformance.targets.exchange_storage import item_of, url_in
from conformance.targets.exchange_subscription import Subscription
from conformance.targets.profile import ExchangeProfile
from conformance.targets.together import together

__all__ = [
    "ANY_ERROR",
    "REFUSED",
    "UNAUTHENTICATED",
    "ExchangeTarget",
    "GraphRefused",
    "Raw",
    "Reply",
    "Socket",
    "Subscription",
    "item_of",
    "together",
    "url_in",
]

REFUSED = ANY_ERROR - UNAUTHENTICATED
"""Any error but that of a bad token: what is missing, forbidden or wrong, whatever it is called."""


class ExchangeTarget(Ground):
    """What a check can do to an exchange API.

    Attributes:
        session: what all checks of the process share.
        objects: requests at presigned URLs.
    """

    def __init__(self, session: ExchangeSession, recorder: Recorder) -> None:
        super().__init__(session, Caller(session, recorder, session.client, "owner", Log()))
        self.objects = Objects(session, recorder)

    def fault(self, kind: str, **parts: Any) -> AbstractContextManager[None]:
        """A fault that is brought about until the block ends; needs control.

        It hits every caller, so name an operation that no other check uses at the same time.

        Args:
            kind: delay, http_error, truncate, refuse_upload, late_confirmation, lose_event,
                delay_event, empty_pages.
            parts: `operation`, `times`, `duration` (such as "2s"), `status`, `pages`.

        Raises:
            NotApplicable: the profile names no control interface.
            Untestable: it does not take the order.
        """
        return fault(self.session, self.recorder, {"kind": kind, **parts})

    @property
    def profile(self) -> ExchangeProfile:
        """What the target says of its exchange API."""
        return self.session.profile

    @property
    def depth(self) -> ProfileName:
        """`smoke`, `staging` or `full`."""
        return self.session.depth

    @property
    def writes(self) -> bool:
        """Whether anything may be made."""
        return self.session.writes

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of which there is a token."""
        return tuple(self.session.tokens)

    @property
    def odd_errors(self) -> tuple[str, ...]:
        """Error objects without message or errorType that any check of this process has seen."""
        return tuple(self.session.odd_errors)

    def post(
        self, body: Mapping[str, Any] | str | bytes, *, headers: Headers | None = None
    ) -> Reply:
        """Any body to the GraphQL URL, and the answer whatever it is; see `Caller.post`."""
        return self.caller.post(body, headers=headers)

    def close(self) -> None:
        """Hang up, and remove what this check has made, the latest first."""
        self.hang_up()
        for made in reversed(list(self.caller.log.made)):
            # What is not gone is asked once more at the end of the run.
            with suppress(JudgeError):
                maker = self.as_role(role_of(made)).caller
                if remove(maker, made) and made in self.caller.log.made:
                    self.caller.log.made.remove(made)
                    self.session.journal.removed(made)
