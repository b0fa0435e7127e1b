"""Refusals of the object storage, as S3 words them."""

from xml.etree import ElementTree

from simulator.services.exchange.objects import ObjectError
from simulator.services.exchange.objects.errors import no_such_key


def test_the_body_is_xml_with_code_and_message() -> None:
    root = ElementTree.fromstring(no_such_key().xml)
    assert root.tag == "Error"
    assert root.findtext("Code") == "NoSuchKey"
    assert root.findtext("Message") == "The specified key does not exist."


def test_text_is_escaped() -> None:
    root = ElementTree.fromstring(ObjectError(400, "Odd", "<&>").xml)
    assert root.findtext("Message") == "<&>"
