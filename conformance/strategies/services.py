"""Hypothesis strategies for the services API: ids, masks, texts of configurations, commands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import get_args

from hypothesis import strategies as st

from conformance.oracles.services.life import Command, Load, Verb
from conformance.oracles.services.model import FIELDS

_WORDS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])

VERBS: tuple[Verb, ...] = get_args(Verb)

ODD_IDS = ("/a b/ä 電", "x" * 180, "..", "%2F", " ", "e\u0301")
"""Ends of ids that servers are known to stumble over."""


def id_texts(max_size: int = 40) -> st.SearchStrategy[str]:
    """Ends of ids: any letters, slashes and spaces, no control characters."""
    return st.text(_WORDS, max_size=max_size)


def mask_paths(fields: Sequence[str] = FIELDS) -> st.SearchStrategy[list[str]]:
    """Paths of a read mask, one at least, none twice."""
    return st.lists(st.sampled_from(fields), min_size=1, unique=True)


def config_gaps() -> st.SearchStrategy[str]:
    """White space that JSON allows between its parts."""
    return st.text(" \t\n\r", max_size=4)


def config_text(config: str, words: str, gap: str) -> str:
    """The same configuration in another spelling: white space, and a text of our own in it.

    A configuration that is no JSON object is left as it is.
    """
    try:
        value = json.loads(config)
    except ValueError:
        return config
    if not isinstance(value, dict):
        return config
    separators = (gap + ",", ":" + gap)
    text = json.dumps({**value, "gridproof": words}, ensure_ascii=False, separators=separators)
    return gap + text + gap


def page_sizes(count: int) -> st.SearchStrategy[int]:
    """Sizes of pages for so many entries: around none, all of them, and the documented bounds."""
    near = {1, 2, count - 1, count, count + 1, 2 * count + 1, 49, 50, 51, 999, 1000}
    return st.sampled_from(sorted(size for size in near if size > 0)) | st.integers(1, 1000)


def commands(
    slots: int = 2, loads: Sequence[Load] = ("ok", "fail"), verbs: Sequence[Verb] = VERBS
) -> st.SearchStrategy[Command]:
    """One command about one of a few services."""
    return st.builds(
        Command,
        verb=st.sampled_from(verbs),
        slot=st.integers(0, slots - 1),
        load=st.sampled_from(loads),
        flag=st.booleans(),
    )


def histories(
    slots: int = 2, loads: Sequence[Load] = ("ok", "fail"), max_size: int = 12
) -> st.SearchStrategy[list[Command]]:
    """Commands that begin with the making of every service."""
    firsts = [Command(verb="create", slot=slot) for slot in range(slots)]
    return st.lists(commands(slots, loads), max_size=max_size).map(lambda rest: firsts + rest)
