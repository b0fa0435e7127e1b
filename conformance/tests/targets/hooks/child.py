"""A mutation hook for tests: keeps names and answers one JSON object per line.

Its argument makes it misbehave: `garbage`, `dies`, `slow`, `silent` about its capabilities.
"""

import json
import sys
import time
from typing import Any

how = sys.argv[1] if len(sys.argv) > 1 else ""
names: set[str] = set()
print("child is up", file=sys.stderr, flush=True)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    op = request["op"]
    if op == "capabilities":
        return {"ok": True, "capabilities": ["mutate", "barrier"], "tag_key": "x-child"}
    if op == "upsert":
        names.add(request["resource"]["name"])
        return {"ok": True, "revision": str(len(names))}
    if op == "delete":
        if request["name"] not in names:
            return {"ok": False, "code": "NOT_FOUND", "error": "no such resource"}
        names.remove(request["name"])
        return {"ok": True, "revision": "9"}
    if op == "barrier":
        return {"ok": True, "revision": "9", "stalled": 2}
    return {"ok": False, "unsupported": True}


for line in sys.stdin:
    if how == "dies":
        print("out of cheese", file=sys.stderr, flush=True)
        sys.exit(3)
    if how == "slow":
        time.sleep(30)
    print("nonsense" if how == "garbage" else json.dumps(answer(json.loads(line))), flush=True)
