"""`junit.xml`: one test case for each requirement, for CI systems."""

from __future__ import annotations

import re
import xml.etree.ElementTree as Tree
from typing import Any

from conformance.report.exchange import readable

RED = {"fail": "failure", "stale": "failure", "untestable": "error", "error": "error"}


def junit(document: dict[str, Any]) -> bytes:
    """A report document as JUnit XML; verdicts that are not red pass or are skipped."""
    rows = document["requirements"]
    kinds = [RED.get(row["verdict"]) for row in rows]
    suite = Tree.Element(
        "testsuite",
        name="gridproof conform",
        tests=str(len(rows)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(sum(row["verdict"] == "not_applicable" for row in rows)),
        time=str(document["duration_s"]),
        timestamp=document["started"].removesuffix("Z"),
    )
    properties = Tree.SubElement(suite, "properties")
    for name in ("profile", "seed", "calls", "residue"):
        Tree.SubElement(properties, "property", name=name, value=str(document[name]))
    for row in rows:
        _case(suite, row)
    Tree.indent(suite)
    root = Tree.Element("testsuites")
    root.append(suite)
    data: bytes = Tree.tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def _case(suite: Tree.Element, row: dict[str, Any]) -> None:
    case = Tree.SubElement(
        suite,
        "testcase",
        classname=f"{row['service']}.{row['level']}",
        name=f"{row['id']} {row['text']}",
    )
    properties = Tree.SubElement(case, "properties")
    for name in ("verdict", "source"):
        Tree.SubElement(properties, "property", name=name, value=row[name])
    kind = RED.get(row["verdict"])
    if kind is not None:
        element = Tree.SubElement(case, kind, type=row["verdict"], message=_clean(row["reason"]))
        if row["counterexample"]:
            element.text = _clean("\n".join(readable(row["counterexample"]["steps"], width=400)))
    elif row["verdict"] == "not_applicable":
        Tree.SubElement(case, "skipped", message=_clean(row["reason"]))
    elif row["reason"]:
        Tree.SubElement(case, "system-out").text = _clean(f"{row['verdict']}: {row['reason']}")


def _clean(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
