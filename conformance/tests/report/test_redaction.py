from conformance.report.redaction import MARK, redacted


def test_secrets_are_replaced_wherever_they_stand() -> None:
    value = {"a secret-text": ["x secret-text y", 5, None, ("secret-text",)]}
    assert redacted(value, ["secret-text"]) == {f"a {MARK}": [f"x {MARK} y", 5, None, [MARK]]}


def test_longer_secrets_go_first() -> None:
    assert redacted("Bearer abcd", ["abcd", "Bearer abcd"]) == MARK


def test_without_secrets_nothing_changes() -> None:
    assert redacted({"a": "b"}, ["", ""]) == {"a": "b"}
