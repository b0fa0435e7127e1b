"""The registry with which the naive endpoint begins: made up, small, and full of ties and gaps."""

from __future__ import annotations

import datetime as dt

from conformance.oracles.meta.fields import complete
from conformance.oracles.meta.model import KINDS, Data

_CITIES = ("Aachen", "Bergen", "Cork", "Delft", "Essen", "Freiburg", "Graz", "Halle")
_COUNTRIES = ("DE", "NO", "IE", "NL")
_SERVICES = ("devices", "meta", "audit", "limits", "alerting", "ai", "logging", "iam")
_RESOURCES = ("Device", "Region", "Quota", "Plan", "Alert", "Model", "LogBucket", "Role")
_FIRST = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)


def default() -> list[Data]:
    """Eight resources of each kind."""
    return [*_regions(), *_services(), *_deployments(), *_resources()]


def made(kind: str, number: int, data: Data) -> Data:
    """A complete resource; every fourth has no metadata."""
    if number % 4 != 3:
        data["metadata"] = {
            "create_time": int((_FIRST + dt.timedelta(hours=number)).timestamp()) * 10**9,
            "generation": (number * 7) % 12 + 1,
            "uuid": f"00000000-0000-4000-8000-{number:012d}",
            "labels": {"tier": ("gold", "silver")[number % 2]} if number % 3 else {},
            "tags": ["edge", "lab"][: number % 3],
        }
    return complete(KINDS[kind].message, data)


def _regions() -> list[Data]:
    return [
        made(
            "regions",
            number,
            {
                "name": f"regions/{city.lower()}",
                "title": ("North", "South", "West")[number % 3],
                "domain": f"{city.lower()}.example.com",
                "is_default": number == 0,
                "connectivity_scores": [
                    {"dest": f"regions/{other.lower()}", "score": 10 * number + at}
                    for at, other in enumerate(_CITIES[: number % 3])
                ],
                **(
                    {"location": {"city": city, "country": _COUNTRIES[number % 4]}}
                    if number % 5 != 4
                    else {}
                ),
            },
        )
        for number, city in enumerate(_CITIES)
    ]


def _services() -> list[Data]:
    return [
        made(
            "services",
            number,
            {
                "name": f"services/{service}.edgelq.com",
                "display_name": ("Core", "Edge", "Tools")[number % 3],
                "current_version": "v1" if number % 2 else "",
                "all_versions": ["v1", "v1alpha2", "v0"][: number % 4],
            },
        )
        for number, service in enumerate(_SERVICES)
    ]


def _deployments() -> list[Data]:
    return [
        made(
            "deployments",
            number,
            {
                "name": f"regions/{_CITIES[number % 2].lower()}/deployments/{service}-{number}",
                "service": f"services/{service}.edgelq.com",
            },
        )
        for number, service in enumerate(_SERVICES)
    ]


def _resources() -> list[Data]:
    return [
        made(
            "resources",
            number,
            {
                "name": f"services/{_SERVICES[number % 2]}.edgelq.com/resources/{resource}",
                "plural_name": f"{resource.lower()}s",
                "fqn": f"{_SERVICES[number % 2]}.edgelq.com/{resource}",
                "is_regional": number % 2 == 0,
            },
        )
        for number, resource in enumerate(_RESOURCES)
    ]
