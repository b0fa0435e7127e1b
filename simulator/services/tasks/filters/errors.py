"""What a filter is refused for: one error, with the place in the text it is about.

FilterError      a ValueError; every text that is no filter of the resource ends in one
└── (no more)    all of them are mistakes of the caller (INVALID_ARGUMENT)
"""


class FilterError(ValueError):
    """A filter text that cannot be used; `column` counts its characters from 1."""

    def __init__(self, reason: str, column: int) -> None:
        super().__init__(f"column {column}: {reason}")
        self.reason = reason
        self.column = column
