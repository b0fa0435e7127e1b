"""What the typed operations of the exchange API have in common: a caller and a form of document."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal, TypeVar

from conformance.failures import Nonconformance
from conformance.targets.exchange_calls import Caller
from conformance.targets.exchange_documents import Document, inlined, with_variables
from conformance.targets.exchange_session import ExchangeSession

Form = Literal["inlined", "variables"]

T = TypeVar("T")

FIRST_S, LONGEST_S = 0.02, 1.0
"""Pauses between looks begin like this, double each time, and grow to this."""


class Speaking:
    """Asks operations by name; arguments that are None are left out.

    Attributes:
        session: what all checks of the process share.
        caller: who asks.
        form: how arguments are sent; inlined is what the published SDK 0.0.24 does.
    """

    def __init__(self, session: ExchangeSession, caller: Caller, form: Form = "inlined") -> None:
        self.session = session
        self.caller = caller
        self.form: Form = form

    def document(
        self, name: str, /, *, selection: str | None = None, contents: int = 1, **arguments: Any
    ) -> Document:
        """The document of an operation in the form of this view; see `exchange_documents`."""
        write = inlined if self.form == "inlined" else with_variables
        return write(name, arguments, selection=selection, contents=contents)

    def ask(self, name: str, /, *, contents: int = 1, **arguments: Any) -> Any:
        """One operation, everything of its result selected.

        Args:
            name: of the operation.
            contents: how deep contents of directories are asked for.
            arguments: by their names in the contract; None leaves one out.

        Raises:
            GraphRefused: there are errors, or its field is null.
            Nonconformance: the answer is not what the schema says.
            NotApplicable: it writes, and nothing may be written.
            TargetLost: nobody answers.
        """
        return self.caller.call(self.document(name, contents=contents, **arguments))

    def settled(
        self, look: Callable[[], T | None], *, what: str, within_s: float | None = None
    ) -> T:
        """Look until something true comes of it, and return that.

        Writes may take a while until reads show them (the profile's `settle`); pauses grow, so
        that few calls are spent.

        Raises:
            Nonconformance: nothing true came in time.
        """
        patience_s = self.session.profile.settle if within_s is None else within_s
        deadline, pause = time.monotonic() + patience_s, FIRST_S
        while not (found := look()):
            if time.monotonic() > deadline:
                raise Nonconformance(what, got="not seen", wanted=f"within {patience_s:g} s")
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_S)
        return found
