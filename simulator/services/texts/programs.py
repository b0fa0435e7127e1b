"""Compiles parsed templates as gotpl does, with two mistakes mended.

`break` and `continue` jump out of an `if` or `with` without ending it: dot and the variables of the
block would stay as they were inside; Go ends every block on the way. And a value that is absent is
not handed on in a pipeline, so that the next function would lack an argument; Go hands on nil.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from gotpl.compile.compiler import _Compiler  # pyright: ignore[reportPrivateUsage]
from gotpl.compile.instructions import (
    BranchTarget,
    CallTarget,
    CompiledCommand,
    CompiledPipeline,
    InstructionArgument,
    OpCode,
    Operand,
    OperandKind,
    Program,
    RangeTarget,
)
from gotpl.parse.nodes import IfNode, ListNode, ParsedTemplate, RangeNode, WithNode

__all__ = ["HAND_ON", "compile_program"]

HAND_ON = "hand on"
"""The function that stands between the commands of a pipeline; no template can name it."""
_BETWEEN = CompiledCommand((Operand(OperandKind.FUNCTION, HAND_ON),))


def compile_program(parsed: ParsedTemplate, source: str) -> Program:
    """Return the program of a template and of all that it defines."""
    definitions = tuple(
        Program(_Compiling().compile_list(each.body), name=each.name, source=source)
        for each in parsed.definitions
    )
    main = _Compiling().compile_list(parsed.root)
    return Program(main, definitions=definitions, source=source)


@dataclass(kw_only=True)
class _Else:
    """The `else` of a loop; a `break` in it ends that loop and not the one outside."""

    loops: int
    undo: int
    breaks: list[int] = field(default_factory=list)


class _Compiling(_Compiler):
    """Remembers what has to be undone when a loop is left from within blocks."""

    def __init__(self) -> None:
        super().__init__()
        self._undo: list[tuple[int, OpCode]] = []
        """How many loops there were outside of a block, and the instruction that ends it."""
        self._with_bodies: set[int] = set()
        self._else_bodies: set[int] = set()
        self._elses: list[_Else] = []

    @contextmanager
    def _ending(self, opcode: OpCode) -> Iterator[None]:
        self._undo.append((len(self.loops), opcode))
        yield
        self._undo.pop()

    def emit_if(self, node: IfNode) -> None:
        with self._ending(OpCode.POP_SCOPE):
            super().emit_if(node)

    def emit_with(self, node: WithNode) -> None:
        self._with_bodies.add(id(node.body))
        with self._ending(OpCode.POP_SCOPE):
            super().emit_with(node)

    def emit_range(self, node: RangeNode) -> None:
        if node.else_body is not None:
            self._else_bodies.add(id(node.else_body))
        # Counts for a `continue` in the `else`, which is that of the loop outside.
        with self._ending(OpCode.POP_SCOPE):
            super().emit_range(node)

    def emit_list(self, root: ListNode) -> None:
        if id(root) in self._with_bodies:
            with self._ending(OpCode.EXIT_WITH):
                super().emit_list(root)
        elif id(root) in self._else_bodies:
            self._elses.append(_Else(loops=len(self.loops), undo=len(self._undo)))
            super().emit_list(root)
            for site in self._elses.pop().breaks:
                self.patch_jump(site, len(self.instructions))
        else:
            super().emit_list(root)

    def emit(self, opcode: OpCode, argument: InstructionArgument, source_start: int) -> int:
        match argument:
            case CompiledPipeline():
                argument = _handing_on(argument)
            case BranchTarget() | RangeTarget():
                argument = replace(argument, pipeline=_handing_on(argument.pipeline))
            case CallTarget(pipeline=CompiledPipeline() as pipeline):
                argument = replace(argument, pipeline=_handing_on(pipeline))
            case _:
                pass
        return super().emit(opcode, argument, source_start)

    def emit_loop_jump(self, source_start: int, *, is_break: bool) -> None:
        if is_break and self._elses and self._elses[-1].loops == len(self.loops):
            ended = self._elses[-1]
            for _, opcode in reversed(self._undo[ended.undo :]):
                self.emit(opcode, None, source_start)
            ended.breaks.append(self.emit(OpCode.JUMP, -1, source_start))
            return
        for loops, opcode in reversed(self._undo):
            if loops == len(self.loops):
                self.emit(opcode, None, source_start)
        super().emit_loop_jump(source_start, is_break=is_break)


def _handing_on(pipeline: CompiledPipeline) -> CompiledPipeline:
    commands: list[CompiledCommand] = []
    for command in pipeline.commands:
        if commands:
            commands.append(_BETWEEN)
        commands.append(CompiledCommand(tuple(map(_operand, command.arguments))))
    return replace(pipeline, commands=tuple(commands))


def _operand(operand: Operand) -> Operand:
    if operand.pipeline is None:
        return operand
    return replace(operand, pipeline=_handing_on(operand.pipeline))
