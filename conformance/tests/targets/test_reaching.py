"""How a session reaches its target: a contract that cannot be had is told in a sentence."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from conformance.failures import UsageError
from conformance.targets import dispatch_session, meta_session, services_session, tasks_session
from conformance.targets.budget import Budget
from conformance.targets.client import Client
from conformance.targets.credentials import Credentials
from conformance.targets.profile import Target
from conformance.targets.reaching import credentials_with, dial

SESSIONS = (dispatch_session, meta_session, services_session, tasks_session)


@pytest.fixture(scope="module")
def mute():
    """Address of a gRPC server that serves nothing, not even reflection."""
    server = grpc.server(ThreadPoolExecutor(2))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(grace=None).wait()


@pytest.mark.parametrize("session", SESSIONS)
def test_a_target_without_the_declared_reflection_is_told_so(session, mute):
    target = Target(endpoint=mute, contract="reflection")
    client = dial(target, Credentials(), 5.0, Budget())
    try:
        with pytest.raises(UsageError, match="no reflection: UNIMPLEMENTED"):
            session.contract_of(target, client)
    finally:
        client.close()


@pytest.mark.parametrize("session", SESSIONS)
def test_a_descriptor_file_that_is_not_there_is_named(session, mute):
    target = Target(endpoint=mute, contract="/nowhere/api.binpb")
    with pytest.raises(UsageError, match=r"/nowhere/api\.binpb: No such file"):
        session.contract_of(target, None)


def test_no_endpoint_is_a_sentence():
    with pytest.raises(UsageError, match="no endpoint"):
        dial(Target(), Credentials(), 5.0, Budget())


def test_an_api_adds_to_the_metadata_of_the_target():
    target = Target(metadata={"a": "1", "b": "1"})
    sent = credentials_with(target, {"b": "2"}).headers("/any.Service/Any")
    assert dict(sent) == {"a": "1", "b": "2"}


def test_a_client_is_what_is_dialled(mute):
    client = dial(Target(endpoint=mute), Credentials(), 5.0, Budget())
    assert isinstance(client, Client)
    client.close()
