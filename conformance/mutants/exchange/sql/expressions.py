"""Expressions from tokens, by recursive descent: the weakest operator first."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from conformance.mutants.exchange.sql.cursor import STOP, Cursor
from conformance.mutants.exchange.sql.tokens import UNITS, bad, duration_ns
from conformance.mutants.exchange.sql.tree import (
    Apply,
    Case,
    Cast,
    Column,
    Literal,
    Operation,
    Order,
    Select,
    Span,
    Star,
    Window,
)

_WORDS = {"second": "s", "minute": "m", "hour": "h", "day": "d", "millisecond": "ms"}


class Expressions(Cursor, ABC):
    """Reads values, and what is made of them."""

    @abstractmethod
    def query(self) -> Select:
        """A subselect."""

    def expression(self) -> Any:
        """The weakest operator first."""
        left = self.conjunction()
        while self.accept("OR"):
            left = Operation("OR", (left, self.conjunction()))
        return left

    def conjunction(self) -> Any:
        """AND."""
        left = self.negation()
        while self.accept("AND"):
            left = Operation("AND", (left, self.negation()))
        return left

    def negation(self) -> Any:
        """NOT."""
        if self.accept("NOT"):
            return Operation("NOT", (self.negation(),))
        return self.comparison()

    def comparison(self) -> Any:
        """Comparisons, BETWEEN, IN, LIKE and IS NULL."""
        left = self.sum()
        while True:
            token = self.peek()
            if token.says("=", "<>", "!=", "<", "<=", ">", ">="):
                self.take()
                sign = "<>" if token.text == "!=" else token.text
                left = Operation(sign, (left, self.sum()))
            elif self.accept("IS"):
                negated = self.accept("NOT")
                self.expect("NULL")
                left = _maybe_not(negated, Operation("NULL", (left,)))
            elif token.says("NOT", "BETWEEN", "IN", "LIKE"):
                left = self.special(left)
            else:
                return left

    def special(self, left: Any) -> Any:
        """BETWEEN, IN and LIKE, and what they are not."""
        negated = self.accept("NOT")
        if self.accept("BETWEEN"):
            low = self.sum()
            self.expect("AND")
            return _maybe_not(negated, Operation("BETWEEN", (left, low, self.sum())))
        if self.accept("LIKE"):
            return _maybe_not(negated, Operation("LIKE", (left, self.sum())))
        self.expect("IN")
        self.expect("(")
        if self.peek().says("SELECT", "WITH"):
            parts: list[Any] = [self.query()]
        else:
            parts = self.several(self.expression)
        self.expect(")")
        return _maybe_not(negated, Operation("IN", (left, *parts)))

    def sum(self) -> Any:
        """Plus, minus and the joining of texts."""
        left = self.product()
        while self.peek().says("+", "-", "||"):
            sign = self.take().text
            left = Operation(sign, (left, self.product()))
        return left

    def product(self) -> Any:
        """Times, divided by, remainder."""
        left = self.sign()
        while self.peek().says("*", "/", "%"):
            sign = self.take().text
            left = Operation(sign, (left, self.sign()))
        return left

    def sign(self) -> Any:
        """A sign before a value."""
        if self.accept("-"):
            return Operation("NEG", (self.sign(),))
        if self.accept("+"):
            return self.sign()
        part = self.value()
        while self.accept("["):
            part = Apply("element_at", (part, self.expression()))
            self.expect("]")
        return part

    def value(self) -> Any:
        """A literal, a column, a function or a group."""
        token = self.peek()
        if token.kind == "number":
            self.take()
            return Literal(int(token.text) if token.text.isdigit() else float(token.text))
        if token.kind == "duration":
            self.take()
            return Literal(Span(duration_ns(token.text)))
        if token.kind == "text":
            self.take()
            return Literal(token.text)
        if self.accept("("):
            inner = self.query() if self.peek().says("SELECT", "WITH") else self.expression()
            self.expect(")")
            return inner
        if token.kind not in ("word", "quoted") or token.says(*STOP):
            raise self.unexpected()
        return self.named()

    def named(self) -> Any:
        """What begins with a name."""
        for word, value in (("TRUE", True), ("FALSE", False), ("NULL", None)):
            if self.accept(word):
                return Literal(value)
        if self.accept("CASE"):
            return self.case()
        if self.peek().says("CAST", "TRY_CAST") and self.peek(1).says("("):
            return self.cast()
        if self.peek().says("INTERVAL") and self.peek(1).kind == "text":
            return self.interval()
        if self.peek().says("TIMESTAMP", "DATE") and self.peek(1).kind == "text":
            self.take()
            return Cast(Literal(self.take().text), "TIMESTAMP")
        if self.accept("ARRAY", "["):
            items = [] if self.peek().says("]") else self.several(self.expression)
            self.expect("]")
            return Apply("array", tuple(items))
        if self.accept("CURRENT_TIMESTAMP"):
            return Apply("now", ())
        quoted = self.peek().kind == "quoted"
        name = self.identifier()
        if not quoted and self.accept("("):
            return self.function(name.lower())
        if name.lower() == "measure_value" and self.accept("::"):
            name = f"{name}::{self.identifier()}"
        elif self.accept("."):
            inner = self.identifier()
            if inner.lower() == "measure_value" and self.accept("::"):
                inner = f"{inner}::{self.identifier()}"
            return Column(inner.lower(), inner, name.lower())
        return Column(name.lower(), name)

    def function(self, name: str) -> Apply:
        """A function's arguments, and its window."""
        distinct = self.accept("DISTINCT")
        arguments: list[Any] = []
        if self.accept("*"):
            arguments = [Star()]
        elif not self.peek().says(")"):
            arguments = self.several(self.expression)
        self.expect(")")
        if not self.accept("OVER"):
            return Apply(name, tuple(arguments), distinct)
        self.expect("(")
        partition = self.several(self.expression) if self.accept("PARTITION", "BY") else []
        order = self.several(self.order) if self.accept("ORDER", "BY") else []
        if not self.peek().says(")"):
            raise bad("frames of windows are not supported")
        self.expect(")")
        return Apply(name, tuple(arguments), distinct, Window(tuple(partition), tuple(order)))

    def order(self) -> Order:
        """A key of the order."""
        part = self.expression()
        descending = self.accept("DESC")
        if not descending:
            self.accept("ASC")
        first = self.accept("NULLS", "FIRST")
        if not first:
            self.accept("NULLS", "LAST")
        return Order(part, descending, first)

    def case(self) -> Case:
        """CASE with or without a value to compare."""
        subject = None if self.peek().says("WHEN") else self.expression()
        branches = []
        while self.accept("WHEN"):
            test = self.expression()
            self.expect("THEN")
            test = test if subject is None else Operation("=", (subject, test))
            branches.append((test, self.expression()))
        otherwise = self.expression() if self.accept("ELSE") else Literal(None)
        self.expect("END")
        return Case(tuple(branches), otherwise)

    def cast(self) -> Cast:
        """CAST and TRY_CAST."""
        soft = self.take().text.upper() == "TRY_CAST"
        self.expect("(")
        part = self.expression()
        self.expect("AS")
        type_ = self.identifier().upper()
        self.expect(")")
        return Cast(part, type_, soft)

    def interval(self) -> Literal:
        """INTERVAL '5' MINUTE."""
        self.take()
        amount, unit = self.take().text, self.take().text.lower().rstrip("s")
        if not amount.lstrip("-").isdigit() or unit not in _WORDS:
            raise bad(f"the interval {amount} {unit} is not supported")
        return Literal(Span(int(amount) * UNITS[_WORDS[unit]]))


def _maybe_not(negated: bool, part: Any) -> Any:
    return Operation("NOT", (part,)) if negated else part
