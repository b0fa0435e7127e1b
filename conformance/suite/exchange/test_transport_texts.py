"""DX-TR-008: texts come back as they were sent, in either form of document."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.judging import expect, explore, requirement
from conformance.strategies.exchange import lines
from conformance.suite.exchange.trees import ground
from conformance.targets.exchange import ExchangeTarget, item_of

AWKWARD = (
    ' "quoted" \\ back\\slash \\n {brace} # $x\n\tsecond line\r\nthird ',
    "é e\u0301 ① ﬁ Å ½ \u2028 漢字 🔋 \U0001f468\u200d\U0001f469 \u202eabc",
    '"""',
    "\\",
    "\\u0041 %41 &amp; <b>",
)
"""Escapes and line ends; forms of Unicode; what looks like an end, an escape or mark-up."""


@requirement("DX-TR-008")
def test_texts_come_back(exchange: ExchangeTarget) -> None:
    store = ground(exchange)

    def body(text: str, variables: bool) -> None:
        view = exchange.with_variables if variables else exchange.inlined
        made = view.create_file(
            store=store.data_store_id,
            directory=store.home_directory_id,
            name=exchange.fresh_name(),
            description=text,
        )
        got = view.get_file(item_of(made)).description
        exchange.delete_file(item_of(made))
        expect(got == text, "description of a file", got=ascii(got), wanted=ascii(text))

    explore(
        body,
        examples=12,
        directed=[
            {"text": text, "variables": variables}
            for text in AWKWARD
            for variables in (False, True)
        ],
        text=lines().filter(bool),
        variables=st.booleans(),
    )


@requirement("DX-TR-008", needs=["administration", "full"])
def test_names_of_stores_come_back(exchange: ExchangeTarget) -> None:
    text = f'{exchange.fresh_name()} "Zähler" \\ 電力 🔋'
    made = exchange.create_data_store(text, AWKWARD[0])
    shown = exchange.get_data_store(made.data_store_id)
    for what, store in {"answer": made, "store": shown}.items():
        got, wanted = (store.name, store.description), (text, AWKWARD[0])
        expect(got == wanted, f"name and description in the {what}", got=got, wanted=wanted)
