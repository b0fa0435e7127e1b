"""How Go prints and compares values: `fmt` and the functions of `text/template`, as far as needed.

Values are JSON's, with int for integer literals; None is nil and what is missing.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import quote_plus


class Failed(ValueError):
    """A template cannot be carried out."""


_VERB = re.compile(r"%(?P<flags>[-+ 0#]*)(?P<width>\d*)(?:\.(?P<precision>\d*))?(?P<verb>.)", re.S)


def truth(value: Any) -> bool:
    """Whether a condition holds."""
    return bool(value)


def number(value: float) -> str:
    """A double as `%v` has it: the shortest digits, with an exponent below 1e-4 and from 1e6 on."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")
    sign, digits, power = Decimal(repr(value)).normalize().as_tuple()
    exponent = len(digits) + int(power) - 1
    if -4 <= exponent < 6:
        return f"{Decimal(repr(value)).normalize():f}"
    mantissa = "".join(map(str, digits))
    mantissa = f"{mantissa[0]}.{mantissa[1:]}".removesuffix(".")
    return f"{'-' * sign}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def shown(value: Any, *, inside: bool = False) -> str:
    """A value as `%v` has it; `inside` a list or map."""
    if value is None:
        return "<nil>" if inside else "<no value>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        pairs = (f"{key}:{shown(value[key], inside=True)}" for key in sorted(value))
        return f"map[{' '.join(pairs)}]"
    if isinstance(value, list | tuple):
        return f"[{' '.join(shown(item, inside=True) for item in value)}]"
    return str(value)


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    names = {int: "int", float: "float64", str: "string", list: "[]interface {}"}
    return names.get(type(value), "map[string]interface {}")


def quoted(value: Any) -> str:
    """A value as `%q` has it."""
    if isinstance(value, list):
        return f"[{' '.join(map(quoted, value))}]"
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return re.sub(r"\\u00([01].)", r"\\x\1", text)
    return f"%!q({_type(value)}={shown(value)})"


def printf(form: str, *values: Any) -> str:
    """`fmt.Sprintf`."""
    left = list(values)

    def one(found: re.Match[str]) -> str:
        verb = found["verb"]
        if verb == "%":
            return "%"
        if not left:
            return f"%!{verb}(MISSING)"
        return _padded(_formatted(left.pop(0), verb, found["precision"]), found)

    text = _VERB.sub(one, form)
    if left:
        text += f"%!(EXTRA {', '.join(f'{_type(v)}={shown(v)}' for v in left)})"
    return text


def _formatted(value: Any, verb: str, precision: str | None) -> str:
    places = int(precision or 0) if precision is not None else None
    plain = isinstance(value, int) and not isinstance(value, bool)
    if verb == "v":
        return "<nil>" if value is None else shown(value)
    if verb == "s" and isinstance(value, str):
        return value if places is None else value[:places]
    if verb == "q" and isinstance(value, str | list):
        return quoted(value)
    if verb == "d" and plain:
        return str(value)
    if verb == "t" and isinstance(value, bool):
        return shown(value)
    if verb == "x" and isinstance(value, str):
        return value.encode().hex()
    if verb == "x" and plain:
        return f"{value:x}"
    if verb in "feg" and isinstance(value, float):
        if verb == "g":
            return number(value) if places is None else f"{value:.{places}g}"
        return f"{value:.{6 if places is None else places}{verb}}"
    if verb == "s" and isinstance(value, list | Mapping):
        return shown(value)
    return f"%!{verb}({_type(value)}={shown(value)})"


def _padded(text: str, found: re.Match[str]) -> str:
    width = int(found["width"] or 0)
    if "-" in found["flags"]:
        return text.ljust(width)
    if "0" in found["flags"] and found["verb"] in "dfegx":
        return text.zfill(width)
    return text.rjust(width)


def sprint(*values: Any) -> str:
    """`fmt.Sprint`: blanks between operands of which neither is a text."""
    text, before = "", None
    for at, value in enumerate(values):
        if at and not isinstance(value, str) and not isinstance(before, str):
            text += " "
        text += "<nil>" if value is None else shown(value)
        before = value
    return text


def index(value: Any, *keys: Any) -> Any:
    """`index`."""
    for key in keys:
        if isinstance(value, Mapping):
            if not isinstance(key, str):
                raise Failed(f"a map has no key {shown(key)}")
            value = value.get(key)
        elif isinstance(value, list | str) and isinstance(key, int) and not isinstance(key, bool):
            if not 0 <= key < len(value):
                raise Failed(f"index {key} out of range")
            value = ord(value[key]) if isinstance(value, str) else value[key]
        else:
            raise Failed(f"cannot index {shown(value)} by {shown(key)}")
    return value


def cut(value: Any, *bounds: Any) -> Any:
    """`slice`."""
    if not isinstance(value, str | list) or len(bounds) > 2:
        raise Failed("cannot slice")
    begin = bounds[0] if bounds else 0
    end = bounds[1] if len(bounds) > 1 else len(value)
    if not 0 <= begin <= end <= len(value):
        raise Failed("slice out of range")
    return value[begin:end]


def length(value: Any) -> int:
    """`len`."""
    if not isinstance(value, str | list | Mapping):
        raise Failed(f"len of {shown(value)}")
    return len(value.encode()) if isinstance(value, str) else len(value)


def _compared(test: Callable[[Any, Any], bool], *, ordered: bool) -> Callable[..., bool]:
    def compare(one: Any, *others: Any) -> bool:
        if not others:
            raise Failed("nothing to compare with")
        for other in others:
            if _type(one) != _type(other) or (ordered and isinstance(one, bool)):
                raise Failed("incompatible types for comparison")
        return any(test(one, other) for other in others)

    return compare


def _negated(value: Any) -> bool:
    return not truth(value)


def _called(*values: Any) -> Any:
    raise Failed("call of what is no function")


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "not": _negated,
    "eq": _compared(lambda a, b: bool(a == b), ordered=False),
    "ne": _compared(lambda a, b: bool(a != b), ordered=False),
    "lt": _compared(lambda a, b: bool(a < b), ordered=True),
    "le": _compared(lambda a, b: bool(a <= b), ordered=True),
    "gt": _compared(lambda a, b: bool(a > b), ordered=True),
    "ge": _compared(lambda a, b: bool(a >= b), ordered=True),
    "index": index,
    "slice": cut,
    "len": length,
    "print": sprint,
    "println": lambda *values: " ".join(map(shown, values)) + "\n",
    "printf": printf,
    "html": lambda *values: (
        escape(sprint(*values), quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    ),
    "js": lambda *values: sprint(*values).replace("\\", "\\\\").replace("'", "\\'"),
    "urlquery": lambda *values: quote_plus(sprint(*values)),
    "call": _called,
}
"""Functions of templates but `and` and `or`, which look at as much as they need."""
