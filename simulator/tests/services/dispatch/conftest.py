import pytest

from .api import Api


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture(params=["1.1", "0.15"])
def either(request: pytest.FixtureRequest) -> Api:
    """The same service, seen through the messages of each generation."""
    return Api(generation=request.param)
