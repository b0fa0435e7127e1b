"""Lets tests import the suite: its marks are unknown to ordinary pytest runs."""

from __future__ import annotations

import pytest

from conformance.plugin import MARKERS


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
