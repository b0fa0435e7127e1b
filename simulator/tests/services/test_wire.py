from hypothesis import given
from hypothesis import strategies as st

from fixtures.contracts import load
from simulator.services.wire import delimited, uint
from simulator.tests.store.things import repeatable

RESPONSE = load("meta").message("ntt.meta.v1alpha2.WatchRegionsResponse")


@given(number=st.integers(-(2**63), 2**63 - 1), text=st.text())
@repeatable
def test_pieces_read_as_the_fields_they_stand_for(number, text):
    written = uint(6, number) + delimited(5, text.encode())
    assert RESPONSE.FromString(written) == RESPONSE(snapshot_size=number, resume_token=text)


def test_zero_is_not_written():
    assert uint(6, 0) == b""
    assert delimited(5, b"") == b"\x2a\x00"
