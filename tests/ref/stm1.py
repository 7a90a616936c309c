"""STM-1 frame: `stmn` with N = 1."""

from __future__ import annotations

from .stmn import COLUMNS, PAYLOAD_WIDTH, POINTER_ROW, ROWS, SOH_COLUMNS, StmN

__all__ = ["COLUMNS", "PAYLOAD_WIDTH", "POINTER_ROW", "ROWS", "SOH_COLUMNS"]

STM1 = StmN(1)
SIZE, PLACES = STM1.size, STM1.places

index, scramble, build = STM1.index, STM1.scramble, STM1.build
b1_of, b2_of, m1_of, framed = STM1.b1_of, STM1.b2_of, STM1.m1_of, STM1.framed
overhead_of, payload_of = STM1.overhead_of, STM1.payload_of
