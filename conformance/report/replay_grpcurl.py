"""A counter-example as a shell script around grpcurl or curl, jq and GNU date."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from conformance.report.replay_plan import Context, plan

_PLACE = re.compile(r"\{\{(.+?)\}\}")
_NOW = re.compile(r"now([+-]\d+)(\.\d+)?")

HEAD = """#!/usr/bin/env bash
# {id}: {text}
# Finding: {reason}
#
# Usage: ./{id}.sh [HOST:PORT [URL]]     needs grpcurl or curl, jq, GNU date, openssl for signatures
# Credentials, where the target wants them: GRIDPROOF_KEY, GRIDPROOF_SECRET, and GRIDPROOF_METADATA
# as `name: value` lines.
set -u
cd "$(dirname "$0")"
ENDPOINT="${{1:-{endpoint}}}"
HTTP="${{2:-{http}}}"
NOW=$(date -u +%s)

at() {{ date -u -d "@$((NOW + $1))" "+%Y-%m-%dT%H:%M:%S${{2:-}}Z"; }}

given=()
while IFS= read -r line; do
  if [ -n "$line" ]; then given+=(-H "$line"); fi
done <<<"${{GRIDPROOF_METADATA:-}}"

call() {{ # SERVICE/METHOD [FLAGS…], request on standard input
  local path=$1 method=${{1##*/}} flags=(${{given[@]+"${{given[@]}}"}}){plaintext}
  shift
  if [ -n "${{GRIDPROOF_KEY:-}}" ]; then flags+=(-H "key: $GRIDPROOF_KEY"); fi
  if [ -n "${{GRIDPROOF_SECRET:-}}" ]; then
    local ts nonce sig
    ts=$(date +%s)
    nonce=$(openssl rand -base64 16 | tr '+/' '-_')
    sig=$(printf %s "${{GRIDPROOF_KEY:-}}$ts$nonce$method" |
      openssl dgst -sha256 -hmac "$GRIDPROOF_SECRET" -binary | base64 | tr '+/' '-_' | tr -d '=')
    flags+=(-H "ts: $ts" -H "nonce: $nonce" -H "sig: $sig")
  fi
  grpcurl "${{flags[@]}}" "$@" -protoset {file} -d @ "$ENDPOINT" "$path"
}}

request() {{ # VERB PATH [NAME=VALUE…]
  local verb=$1 path=$2 flags=(${{given[@]+"${{given[@]}}"}}) pair
  shift 2
  for pair in "$@"; do flags+=(--data-urlencode "$pair"); done
  curl -sS -N -m 15 -X "$verb" -G "${{flags[@]}}" "${{HTTP%/}}$path"
}}
"""


def script(row: dict[str, Any], context: Context) -> str:
    """The script for one row of the report, redacted."""
    head = HEAD.format(
        id=row["id"],
        text=comment(row["text"]),
        reason=comment(row["reason"]),
        endpoint=context.endpoint,
        plaintext="" if context.tls else "\n  flags+=(-plaintext)",
        http=context.http,
        file=context.file,
    )
    parts = [_step(step, context) for step in plan(row["counterexample"]["steps"])]
    return head + "\n" + "\n".join(parts)


def _step(step: dict[str, Any], context: Context) -> str:
    method = step["method"]
    was = f"# in the run: {comment(step['was'])}\n"
    if step["kind"] == "hook":
        asked = comment(json.dumps(step["request"], ensure_ascii=False))
        return f"# here the mutation hook did: {method} {asked}\n"
    if "bytes" in step:
        return f"# {method} with raw bytes {step['bytes'][:200]} cannot be said with grpcurl\n"
    if "http" in step:
        return was + _http(step)
    path = shlex.quote(context.path(method))
    body = f"{here_document(json.dumps(step['request'], ensure_ascii=False))}\nJSON\n"
    if step["kind"] == "open":
        return f"{was}call {path} -max-time 15 <<JSON &\n{body}sleep 1\n"
    call = f"REPLY=$(call {path} <<JSON\n{body})\n"
    return f"{was}{call}printf '%s\\n' \"$REPLY\"\n{_saves(step)}"


def _http(step: dict[str, Any]) -> str:
    verb, path = step["http"]
    pairs = " ".join(f'"{_quoted(f"{n}={v}")}"' for n, v in step["request"].get("query", []))
    call = f"request {verb} {shlex.quote(path)} {pairs}".rstrip()
    if "body" in step["request"]:
        return f"# with a body, which is left out: {comment(step['request']['body'])}\n{call}\n"
    if step["kind"] == "open":
        return f"{call} &\nsleep 1\n"
    return f"REPLY=$({call})\nprintf '%s\\n' \"$REPLY\"\n{_saves(step)}"


def _saves(step: dict[str, Any]) -> str:
    return "".join(
        f'{name}=$(printf %s "$REPLY" | jq -r {shlex.quote(_jq(path))})\n'
        for name, path in step.get("saves", {}).items()
    )


def _quoted(text: str) -> str:
    """Text between double quotes, placeholders as variables."""
    pieces = []
    end = 0
    for match in _PLACE.finditer(text):
        pieces.append(_escaped(text[end : match.start()]).replace('"', '\\"') + _variable(match[1]))
        end = match.end()
    return "".join([*pieces, _escaped(text[end:]).replace('"', '\\"')])


def _jq(path: str) -> str:
    """A path in the answer as jq sees it: camel case, as grpcurl prints JSON."""
    parts = []
    for part in path.split("."):
        if part.isdigit():
            parts.append(f"[{part}]")
        else:
            first, *rest = part.split("_")
            parts.append("." + first + "".join(word.capitalize() for word in rest))
    return "".join(parts)


def here_document(text: str) -> str:
    """JSON for an unquoted here-document, placeholders as shell variables and calls."""
    pieces = []
    end = 0
    for match in _PLACE.finditer(text):
        pieces.append(_escaped(text[end : match.start()]) + _variable(match[1]))
        end = match.end()
    return "".join([*pieces, _escaped(text[end:])])


def _variable(name: str) -> str:
    moved = _NOW.fullmatch(name)
    if not moved:
        return f"${{{name}}}"
    return f"$(at {int(moved[1])} {moved[2] or ''})".replace(" )", ")")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("$", "\\$").replace("`", "\\`")


def comment(text: str) -> str:
    """Text on one line, for a comment."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
