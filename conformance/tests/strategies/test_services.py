import json

from hypothesis import given, settings

from conformance.oracles.services.life import Load, Model, follow
from conformance.oracles.services.model import FIELDS
from conformance.strategies.services import (
    config_gaps,
    config_text,
    histories,
    id_texts,
    mask_paths,
    page_sizes,
)

CONFIGS: dict[Load, str] = {"ok": "a", "fail": "b", "slow": "c", "retry": "d"}


@settings(max_examples=30)
@given(id_texts(), config_gaps())
def test_spellings_of_a_configuration_say_the_same(words, gap):
    text = config_text('{"a": 1}', words, gap)
    assert json.loads(text) == {"a": 1, "gridproof": words}
    assert config_text("no json", words, gap) == "no json"
    assert config_text("[1]", words, gap) == "[1]"


@settings(max_examples=30)
@given(mask_paths(), page_sizes(3))
def test_masks_and_sizes(paths, size):
    assert set(paths) <= set(FIELDS)
    assert len(set(paths)) == len(paths) >= 1
    assert 1 <= size <= 1000


@settings(max_examples=50)
@given(histories())
def test_histories_can_be_followed(history):
    assert [command.slot for command in history[:2]] == [0, 1]
    models: dict[int, Model] = {}
    for command in history:
        answer = follow(models.get(command.slot), command, CONFIGS)
        if isinstance(answer, Model):
            models[command.slot] = answer
            assert answer.state is not None or answer.error is None
        elif answer is None:
            models.pop(command.slot, None)
        else:
            assert answer in ("NOT_FOUND", "FAILED_PRECONDITION")
