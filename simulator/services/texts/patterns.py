"""How long a pattern may take at worst, told by reading it.

Python's `re` tries alternatives one after the other; a pattern such as `^(a+)+$` makes it try more
than there are atoms. The estimate below counts the ways a pattern can be tried, generously; what it
cannot read counts as endless. So it may send a harmless pattern to a worker, never the reverse.
"""

from __future__ import annotations

import re

__all__ = ["ways"]

_ENDLESS = float("inf")
_TOKEN = re.compile(
    r"(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<escape>\\[^0-9])"
    r"|(?P<open>\((?:\?:)?(?!\?))"
    r"|(?P<close>\))"
    r"|(?P<or>\|)"
    r"|(?P<repeat>(?:[*+?]|\{(?P<least>\d*)(?P<comma>,?)(?P<most>\d*)\})\??)"
    r"|(?P<plain>[^\\\[\](){}*+?|])",
    re.DOTALL,
)


def ways(pattern: str, longest: int) -> float:
    """Return how many ways there are to try a pattern on a text of up to `longest` characters.

    Infinite for what cannot be told. A million ways take about fifty milliseconds.
    """
    try:
        found = _ways(pattern, longest)
    except ValueError:
        return _ENDLESS
    # An unanchored search starts at every character.
    return found * (1 if pattern.startswith("^") else longest + 1)


def _ways(pattern: str, longest: int) -> float:
    """The number of ways to try a pattern from one place; ValueError if it cannot be read."""
    stack: list[tuple[float, float, float]] = []
    # Ways of earlier alternatives, of the sequence before the last item, and of the last item.
    earlier, before, last = 0.0, 1.0, 1.0
    place = 0
    while place < len(pattern):
        token = _TOKEN.match(pattern, place)
        if token is None:
            raise ValueError(f"cannot read {pattern[place:]!r}")
        place = token.end()
        match token.lastgroup:
            case "open":
                stack.append((earlier, before * last, 1.0))
                earlier, before, last = 0.0, 1.0, 1.0
            case "close":
                if not stack:
                    raise ValueError("a bracket too many")
                inner = earlier + before * last
                earlier, before, _ = stack.pop()
                last = inner
            case "or":
                earlier, before, last = earlier + before * last, 1.0, 1.0
            case "repeat":
                last = _repeated(last, token, longest)
            case _:
                before, last = before * last, 1.0
    if stack:
        raise ValueError("a bracket is open")
    return earlier + before * last


def _repeated(ways: float, token: re.Match[str], longest: int) -> float:
    sign = token["repeat"]
    if sign[0] in "*+":
        return _ENDLESS if ways > 1 else float(longest + 1)
    if sign[0] == "?":
        return ways + 1
    least = int(token["least"] or 0)
    # Without a comma the number of repeats is fixed; without a second number it is open.
    most = int(token["most"] or longest) if token["comma"] else least
    if max(least, most) > longest + 1:
        return _ENDLESS
    return float(most - least + 1) if ways <= 1 else min(_ENDLESS, (ways + 1) ** min(most, 64))
