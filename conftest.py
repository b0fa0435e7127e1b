"""Settings of every test run: Hypothesis judges values, never the speed of the machine."""

from hypothesis import settings

settings.register_profile("gridproof", deadline=None)
settings.load_profile("gridproof")
