"""A counter-example of an API that is GraphQL over HTTP as a shell script around curl and jq.

Texts that the target gave out (ids, tokens, URLs) become variables wherever they come again. What
was said over WebSocket is for people to repeat, and stands there as comments.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.report.replay_grpcurl import comment, here_document

MIN_TEXT = 6
"""Shorter texts are no ids: replacing them would hit other things."""

_OBJECT = re.compile(r"(GET|HEAD|PUT|POST|DELETE) (https?://.*)", re.DOTALL)
_GIVEN_OUT = re.compile(r"(id|token|url)s?$", re.IGNORECASE)
_NESTED = "resultJSONString"

HEAD = """#!/usr/bin/env bash
# {id}: {text}
# Finding: {reason}
#
# Usage: ./{id}.sh [URL]     needs curl and jq
# GRIDPROOF_TOKEN is the token of the owner; GRIDPROOF_TOKEN_READ_ONLY and the like are those of the
# other callers, GRIDPROOF_TOKEN_ANOTHER stands for tokens that the run made up.
set -u
URL="${{1:-{url}}}"

ask() {{ # TOKEN, body on standard input
  curl -sS -m 30 -X POST "$URL" -H 'Content-Type: application/json' \\
    ${{1:+-H "Authorization: $1"}} --data-binary @-
}}
"""


def script(row: Mapping[str, Any], url: str) -> str:
    """The script for one row of the report, redacted."""
    head = HEAD.format(
        id=row["id"], text=comment(row["text"]), reason=comment(row["reason"]), url=url
    )
    names: dict[str, str] = {}
    steps = row["counterexample"]["steps"]
    later = [json.dumps(_asked(step), ensure_ascii=False) for step in steps]
    parts = [
        _step(step, names, "\n".join(later[number + 1 :])) for number, step in enumerate(steps)
    ]
    return head + "\n" + "\n".join(part for part in parts if part)


def _asked(step: Mapping[str, Any]) -> Any:
    """What of a step may hold what an earlier answer gave out."""
    return [step.get("method"), step.get("request")]


def _step(step: Mapping[str, Any], names: dict[str, str], later: str) -> str:
    if step["kind"] == "gap":
        return f"# {step['left_out']} steps left out\n"
    status = step.get("status")
    was = f"{status['code']}: {status['details']}" if status else "OK"
    said = json.dumps(step.get("request") or step.get("reply"), ensure_ascii=False)
    if step["kind"] != "call":
        return f"# stream {step.get('stream')}, {step['kind']}: {comment(said)}\n"
    known = f"# {comment(step['method'])}; in the run: {comment(was)}\n"
    if found := _OBJECT.fullmatch(step["method"]):
        return known + _object(found[1], found[2], step.get("request") or {}, names)
    request = dict(step.get("request") or {})
    token = _token(request.pop("as", "owner"))
    body = request["body"] if set(request) == {"body"} else json.dumps(request, ensure_ascii=False)
    call = f"REPLY=$(ask {token} <<JSON\n{here_document(_placed(body, names))}\nJSON\n)\n"
    return f"{known}{call}printf '%s\\n' \"$REPLY\"\n{_saves(step.get('reply'), names, later)}"


def _object(verb: str, url: str, request: Mapping[str, Any], names: dict[str, str]) -> str:
    """A request at a presigned URL; one that no answer gave cannot be repeated."""
    if url not in names:
        return f"# {verb} of a URL that the run made up: {comment(url)}\n"
    flags = {"HEAD": "-I", "GET": ""}.get(verb, f"-X {verb}")
    if "text" in request:
        size = int(request.get("bytes", 0))
        if size > len(request["text"].encode()):
            flags += f" --data-binary @<(head -c {size} /dev/zero)"
        else:
            flags += f" --data-binary {shlex.quote(request['text'])}"
        chunked = " -H 'Transfer-Encoding: chunked'" if request.get("chunked") else ""
        flags += f" -H 'Content-Type:'{chunked}"
    return f'curl -sS -m 30 -i {flags} "${{{names[url]}}}"\n'


def _token(speaker: str) -> str:
    if speaker == "owner":
        return '"${GRIDPROOF_TOKEN:-}"'
    if speaker == "nobody":
        return '""'
    name = "ANOTHER" if speaker == "another token" else speaker.upper()
    return f'"${{GRIDPROOF_TOKEN_{name}:-unknown}}"'


def _placed(text: str, names: Mapping[str, str]) -> str:
    for value in sorted(names, key=len, reverse=True):
        text = text.replace(value, f"{{{{{names[value]}}}}}")
    return text


def _saves(reply: Any, names: dict[str, str], later: str) -> str:
    """Variables for what this answer gave out and a later step asks with."""
    lines = []
    for path, text in _given_out(reply):
        if text not in names and len(text) >= MIN_TEXT and text in later:
            names[text] = f"v{len(names) + 1}"
            lines.append(f'{names[text]}=$(printf %s "$REPLY" | jq -r {shlex.quote(path)})\n')
    return "".join(lines)


def _given_out(value: Any, path: str = "", key: str = "") -> Iterator[tuple[str, str]]:
    """Ids, tokens and URLs in an answer, and where jq finds each."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _given_out(item, f"{path}.{name}", str(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _given_out(item, f"{path}[{index}]", key)
    elif isinstance(value, str) and key == _NESTED:
        try:
            nested = json.loads(value)
        except ValueError:
            return
        for inner, text in _given_out(nested):
            yield f"{path} | fromjson | {inner}", text
    elif isinstance(value, str) and _GIVEN_OUT.search(key):
        yield path, value
