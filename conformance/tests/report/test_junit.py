import xml.etree.ElementTree as Tree

from conformance.report.junit import junit
from conformance.tests.report.samples import sample_document


def test_one_case_for_each_requirement() -> None:
    suite = Tree.fromstring(junit(sample_document())).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("5", "1", "1")
    assert suite.get("skipped") == "1"
    cases = {case.get("name", "")[:11]: case for case in suite.iter("testcase")}
    failure = cases["DSP-GET-003"].find("failure")
    assert failure is not None
    assert "UNKNOWN" in failure.get("message", "")
    assert "GetMicrogridDispatch" in (failure.text or "")
    assert cases["DSP-AUT-008"].find("skipped") is not None
    assert cases["DSP-STR-001"].find("error") is not None
