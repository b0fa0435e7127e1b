"""Texts that are no filters, and those that have to be: errors of syntax, type and field."""

from __future__ import annotations

from functools import partial

from conformance.judging import attempt, by_depth, expect, explore, requirement, sampled
from conformance.oracles.meta.filter import FilterError, parse
from conformance.oracles.meta.model import KINDS
from conformance.strategies.meta_filters import (
    BAD_FILTERS,
    NESTING,
    bad_types,
    canonical,
    filters,
    mutilated,
    nested,
)
from conformance.suite.meta.filtering import agrees, bad, owns, values_of
from conformance.targets.meta import MetaTarget

KIND = "regions"
"""What is asked with wrong filters: any kind without parents does, and none has to exist."""

LONG = 20_000
"""Characters of a filter that a server may find too long."""


def _judge(meta: MetaTarget, text: str) -> None:
    """Fail unless a text is refused if it is wrong by any reading, and answered anyway if not."""

    def call() -> object:
        return meta.list(KIND, filter=text, size=1)

    try:
        parse(text, KINDS[KIND])
    except FilterError as error:
        if error.demanded:
            bad(call, f"filter {text!r}")
            return
    attempt(call)


@requirement("META-FLT-018")
def test_texts_that_are_no_filters(meta: MetaTarget) -> None:
    for text in sampled(BAD_FILTERS, 4):
        _judge(meta, text)
    meta.list(KIND, size=1)


@requirement("META-FLT-018")
def test_mutilated_filters(meta: MetaTarget) -> None:
    texts = filters(KINDS[KIND]).flatmap(mutilated)
    explore(partial(_judge, meta), text=texts, examples=by_depth(full=120, staging=60))
    meta.list(KIND, size=1)


@requirement("META-FLT-018")
def test_enormous_filters(meta: MetaTarget) -> None:
    long = "metadata.uuid IN (" + ", ".join(['"x"'] * (LONG // 5)) + ")"
    for text in (*map(nested, NESTING), long, f'metadata.uuid = "{"x" * LONG}"'):
        attempt(partial(meta.list, KIND, filter=text, size=1))
    meta.list(KIND, size=1)


@requirement("META-FLT-019")
def test_unknown_fields_and_wrong_types(meta: MetaTarget) -> None:
    for plural in sampled(("services", "regions"), 1):
        for text in sampled(bad_types(KINDS[plural]), 4):
            bad(partial(meta.list, plural, filter=text, size=1), f"{plural} filtered by {text}")
    if by_depth(full=True, staging=False):
        for listed in owns(meta, "resources", "deployments"):
            below = partial(meta.list, listed.kind.plural, parent=listed.population.parent, size=1)
            for text in bad_types(listed.kind):
                bad(partial(below, filter=text), f"{listed.kind.plural} filtered by {text}")
    meta.list(KIND, size=1)


@requirement("META-FLT-020")
def test_filters_as_the_published_client_prints_them(meta: MetaTarget) -> None:
    for listed in owns(meta, *by_depth(full=(), staging=("resources",))):
        fields = listed.kind.fields.values()
        texts = [f.name for f in fields if f.type == "string" and f.shape == "one"]
        held = values_of(listed, texts[0])[:2] if texts else []
        for value in held or ["a"]:
            for text in sampled(canonical(listed.kind, text=str(value)), 2):
                if text == "()":
                    page = meta.list(
                        listed.kind.plural, parent=listed.population.parent, filter=text, size=1
                    )
                    expect(page.items, "list filtered by ()", got="nothing", wanted="everything")
                else:
                    agrees(listed, text)
