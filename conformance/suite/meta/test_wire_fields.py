"""Numbers of the fields of requests and answers (published protos), tried with bytes of our own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from conformance.judging import EVENT_S, expect, requirement
from conformance.oracles.meta.model import KINDS, Data, Kind
from conformance.oracles.meta.views import readings_of
from conformance.suite.meta.reading import with_populations
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_codec import to_change, to_data, to_watch_message
from conformance.targets.meta_population import Population
from conformance.targets.wire import Wire
from fixtures.contracts import load

PACKAGE = "ntt.meta.v1alpha2"
NAME, FULL = 1, 4
STATELESS = 1

Fields = Sequence[tuple[int, int | str]]
"""Numbers and values; texts are sent as bytes, numbers as varints."""


@requirement("META-WIRE-002")
def test_get_and_batch_have_their_fields(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        kind, item = KINDS[population.kind], population.items[0]
        name = item["name"]
        got = _ask(meta, kind, f"Get{kind.message}", kind.message, [(1, name)])
        _expect_shown(kind, to_data(got), item, "Get with field 1")
        got = _ask(meta, kind, f"Get{kind.message}", kind.message, [(1, name), (4, NAME)])
        _expect_shown(kind, to_data(got), item, "Get with fields 1 and 4", view="NAME")
        masked: Fields = [(1, name), (3, _mask("metadata"))]
        got = _ask(meta, kind, f"Get{kind.message}", kind.message, masked)
        _expect_shown(kind, to_data(got), item, "Get with fields 1 and 3", mask=["metadata"])
        method = f"BatchGet{_plural(kind)}"
        batch: Fields = [(2, population.names[0]), (2, population.names[-1]), (4, NAME)]
        answer = _ask(meta, kind, method, f"{method}Response", batch)
        found = {each.name for each in getattr(answer, kind.plural)}
        wanted = {population.names[0], population.names[-1]}
        expect(found == wanted, f"{method} with field 2", got=found, wanted=wanted)
        for each in map(to_data, getattr(answer, kind.plural)):
            if each["name"] == name:
                _expect_shown(kind, each, item, f"{method} with field 4", view="NAME")

    with_populations(meta, body)


@requirement("META-WIRE-002")
def test_list_has_its_fields(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        kind, item = KINDS[population.kind], population.items[0]
        method = f"List{_plural(kind)}"

        def shown(*fields: tuple[int, int | str], scoped: bool = True) -> Any:
            parent = [(1, population.parent)] if population.parent else []
            filter_ = [(5, population.filter)] if population.filter and scoped else []
            return _ask(meta, kind, method, f"{method}Response", [*parent, *filter_, *fields])

        def names(answer: Any) -> list[str]:
            return [each.name for each in getattr(answer, kind.plural)]

        first = shown((2, 1))
        expect(len(names(first)) == 1, "List with field 2", got=names(first), wanted="one item")
        second = shown((2, 1), (3, first.next_page_token))
        expect(
            first.next_page_token and names(second) not in ([], names(first)),
            "List with field 3",
            got=names(second),
            wanted=f"what follows {names(first)}",
        )
        last = names(shown((2, 1), (4, "name desc")))
        wanted = max(population.names, key=str.encode)
        expect(last == [wanted], "List with field 4", got=last, wanted=wanted)
        got = names(shown((5, f'name = "{item["name"]}"'), scoped=False))
        expect(got == [item["name"]], "List with field 5", got=got, wanted=item["name"])
        only = (5, f'name = "{item["name"]}"')
        masked = shown(only, (6, _mask("metadata")), scoped=False)
        viewed = shown(only, (7, NAME), scoped=False)
        (masked,), (viewed,) = (getattr(answer, kind.plural) for answer in (masked, viewed))
        _expect_shown(kind, to_data(masked), item, "List with field 6", mask=["metadata"])
        _expect_shown(kind, to_data(viewed), item, "List with field 7", view="NAME")
        # Whether the numbers are right is another matter; unasked for they have to be 0.
        shown((8, 1))

    with_populations(meta, body, least=2)


@requirement("META-WIRE-002")
def test_watches_have_their_fields(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        kind, item = KINDS[population.kind], population.items[0]
        single = f"Watch{kind.message}"
        change = _first(meta, kind, single, [(1, item["name"]), (4, NAME)])[0]
        data = to_change(change.change).data
        _expect_shown(kind, data or {}, item, f"{single} with fields 1 and 4", view="NAME")
        plural = f"Watch{_plural(kind)}"
        parent = [(1, population.parent)] if population.parent else []
        only = (5, f'name = "{item["name"]}"')
        (message, *_) = _first(meta, kind, plural, [*parent, only, (9, STATELESS), (11, 1)])
        seen = to_watch_message(kind, message, at_us=0)
        kinds = [(change.kind, change.name) for change in seen.changes]
        wanted = [("current", item["name"])]
        expect(kinds == wanted, f"{plural} with fields 5, 9 and 11", got=kinds, wanted=wanted)

    with_populations(meta, body)


@requirement("META-WIRE-002")
def test_answers_hold_nothing_undocumented(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        kind, name = KINDS[population.kind], population.names[0]
        parent = [(1, population.parent)] if population.parent else []
        scope = [*parent, *([(5, population.filter)] if population.filter else [])]
        batch, listing = f"BatchGet{_plural(kind)}", f"List{_plural(kind)}"
        answers = {
            f"Get{kind.message}": _ask(
                meta, kind, f"Get{kind.message}", kind.message, [(1, name), (4, FULL)]
            ),
            batch: _ask(meta, kind, batch, f"{batch}Response", [(2, name), (2, f"{name}x")]),
            listing: _ask(meta, kind, listing, f"{listing}Response", [*scope, (2, 2), (8, 1)]),
            f"Watch{kind.message}": _first(meta, kind, f"Watch{kind.message}", [(1, name)])[0],
            f"Watch{_plural(kind)}": _first(meta, kind, f"Watch{_plural(kind)}", scope)[0],
        }
        for method, answer in answers.items():
            found = list(undocumented(answer))
            expect(not found, f"answer of {method}", got=found, wanted="documented fields only")

    with_populations(meta, body)


def undocumented(message: Any, path: str = "") -> Iterator[str]:
    """Fields of a message, and of those inside it, that its contract does not have."""
    unknown: Any = UnknownFieldSet(message)
    for field in unknown:
        yield f"{path}{field.field_number}"
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for each in [value] if isinstance(value, Message) else value:
            yield from undocumented(each, f"{path}{field.name}.")


def _expect_shown(
    kind: Kind, shown: Data, item: Data, what: str, *, view: str | None = None, mask: Any = None
) -> None:
    expect(
        readings_of(shown, item, kind, view=view, mask=mask),
        what,
        got=shown,
        wanted=f"{item} under view {view} and mask {mask}",
    )


def _ask(meta: MetaTarget, kind: Kind, method: str, answer: str, fields: Fields) -> Any:
    """Call a method with fields by their numbers; the answer in the published message."""
    data = meta.call_raw(kind.plural, method, _encoded(fields))
    return load("meta").message(f"{PACKAGE}.{answer}").FromString(data)


def _first(meta: MetaTarget, kind: Kind, method: str, fields: Fields) -> list[Any]:
    """The first message of a stream that is opened with fields by their numbers.

    Raises:
        Refused: it ends before.
    """
    published = load("meta").methods(kind.service)[method]
    wire = Wire(meta.session.client, meta.recorder, kind.service)
    call = wire.stream(
        method,
        published.request.FromString(_encoded(fields)),
        number=meta.session.next_stream(),
        deadline_s=EVENT_S,
    )
    try:
        return [published.response.FromString(next(iter(call)))]
    except (grpc.RpcError, StopIteration) as error:
        code = error.code() if isinstance(error, grpc.RpcError) else grpc.StatusCode.OK
        expect(False, f"first message of {method}", got=code, wanted="a message")
        raise
    finally:
        call.cancel()


def _plural(kind: Kind) -> str:
    return kind.plural.capitalize()


def _mask(path: str) -> str:
    """A field mask of one path, as bytes in a text: their values are below 128."""
    return _encoded([(1, path)]).decode()


def _encoded(fields: Fields) -> bytes:
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += _varint(number << 3) + _varint(value)
        else:
            data = value.encode()
            out += _varint(number << 3 | 2) + _varint(len(data)) + data
    return out


def _varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])
