"""What a filter is refused for: one error, with the place in the text it is about.

FilterError      a ValueError; every text that is no filter of the resource ends in one
└── (no more)    `unimplemented` sets an operator apart that is known but not offered
"""


class FilterError(ValueError):
    """A filter text that cannot be used.

    Attributes:
        reason: one sentence, without the place.
        position: 0-based character of the text; its length if the text ends too early.
        unimplemented: the text is a filter, but of an operator this server does not offer
            (UNIMPLEMENTED); anything else is a mistake of the caller (INVALID_ARGUMENT).
    """

    def __init__(self, reason: str, position: int, *, unimplemented: bool = False) -> None:
        super().__init__(f"filter: at {position}: {reason}")
        self.reason = reason
        self.position = position
        self.unimplemented = unimplemented
