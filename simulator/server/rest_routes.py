"""Finds the method that a path is about among the templates of all mounted contracts.

Path variables are decoded as `google/api/http.proto` says: one of a single segment entirely, one of
several segments except for `%2F`, so that the segments stay apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from fixtures.contracts import Contract, HttpRule, Method, Template
from fixtures.contracts.http import ONE, REST
from simulator.server.rest_errors import HttpRefusal
from simulator.services.errors import Code, ServiceError, invalid, shown
from simulator.services.rpc import Dialect, Streaming, Unary

_BAD_ESCAPE: Final = re.compile("%(?![0-9A-Fa-f]{2})")
_ESCAPED_SLASH: Final = re.compile("(%2[Ff])")


@dataclass(frozen=True, kw_only=True)
class Route:
    """One way over HTTP to one method of a mounted dialect."""

    dialect: Dialect
    method: Unary | Streaming
    contract: Method
    rule: HttpRule

    def stripped(self, segments: Sequence[str]) -> Sequence[str] | None:
        """Return a path's segments without what the API puts between those of its contract.

        None: they do not stand there.
        """
        style = self.dialect.rest
        if not style.infix:
            return segments
        end = style.infix_at + len(style.infix)
        given = tuple(decoded(each, "the path") for each in segments[style.infix_at : end])
        if given != style.infix:
            return None
        return [*segments[: style.infix_at], *segments[end:]]


def routes_of(dialect: Dialect, contract: Contract) -> Iterator[Route]:
    """Yield the routes to a dialect's methods; none where its contract has no HTTP rules."""
    methods = contract.methods(dialect.service)
    for method in dialect.methods:
        for rule in methods[method.name].rules:
            yield Route(dialect=dialect, method=method, contract=methods[method.name], rule=rule)


class Router:
    """All routes of a server."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(routes, key=lambda route: _wildness(route.rule.path))

    def find(self, verb: str, raw_path: str) -> tuple[Route, dict[str, str]]:
        """Return the route for a path as it was sent, and its variables by field path.

        Raises:
            ServiceError: NOT_FOUND, no such path; UNIMPLEMENTED with status 405, another verb is
                needed; INVALID_ARGUMENT, the path is not well-formed.
        """
        *parts, last = raw_path.split("/")[1:] or [""]
        head, colon, after = last.rpartition(":")
        # A colon may also belong to an id, where no template has such a verb.
        found = list(self._matches([*parts, head], decoded(after, "the path"))) if colon else []
        found = found or list(self._matches([*parts, last], ""))
        if not found:
            raise ServiceError(Code.NOT_FOUND, f"there is nothing at {shown(raw_path, 200)}")
        for route, bound in found:
            if route.rule.verb == verb:
                return route, bound
        allowed = ", ".join(sorted({route.rule.verb for route, _ in found}))
        raise HttpRefusal(
            405,
            Code.UNIMPLEMENTED,
            f"{shown(raw_path, 200)} takes {allowed}, not {shown(verb)}",
            {"allow": allowed},
        )

    def _matches(
        self, segments: Sequence[str], verb: str
    ) -> Iterator[tuple[Route, dict[str, str]]]:
        for route in self._routes:
            template = route.rule.path
            own = route.stripped(segments) if template.verb == verb else None
            if own is not None and _fits(template, own):
                yield route, _bound(template, own)


def decoded(text: str, what: str) -> str:
    """Return a text of a URL without its escapes.

    Raises:
        ServiceError: INVALID_ARGUMENT, an escape is malformed or makes no UTF-8; names `what`.
    """
    if _BAD_ESCAPE.search(text):
        raise invalid(f"{what}: {shown(text)} has a malformed escape")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise invalid(f"{what}: {shown(text)} is not UTF-8") from None


def _wildness(template: Template) -> list[int]:
    """Rank templates: literals before `*` before `**`, from left to right."""
    return [1 if segment == ONE else 2 if segment == REST else 0 for segment in template.segments]


def _fits(template: Template, segments: Sequence[str]) -> bool:
    wanted = template.segments
    open_ended = wanted[-1] == REST
    if open_ended:
        wanted = wanted[:-1]
    if len(segments) < len(wanted) or (len(segments) > len(wanted) and not open_ended):
        return False
    return all(
        bool(segment) if want == ONE else decoded(segment, "the path") == want
        for want, segment in zip(wanted, segments, strict=False)
    )


def _bound(template: Template, segments: Sequence[str]) -> dict[str, str]:
    bound = {}
    for variable in template.variables:
        # Only `**`, which is always the last, stands for more segments than one.
        end = None if template.segments[variable.end - 1] == REST else variable.end
        text = "/".join(segments[variable.first : end])
        what = f"path parameter {variable.field}"
        if template.is_single(variable):
            bound[variable.field] = decoded(text, what)
        else:
            pieces = _ESCAPED_SLASH.split(text)
            bound[variable.field] = "".join(
                piece if index % 2 else decoded(piece, what) for index, piece in enumerate(pieces)
            )
    return bound
