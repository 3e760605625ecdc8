"""What is compiled: a function that interprets any program over blocks of rows. Imported where it is used first.

Numba compiles it once per machine, for double and for single precision, and keeps the code on disk. It does what
`NumpyBlocks` does, in the same order, so that both give the same bits. Loops run over whole blocks, also where fewer
rows are left: what stands beyond them is computed and never written. Loops are short and without branches, so that
they become vector code: what is taken from a table by cell goes to a row of its own first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from outcomegap.engines.compiled_flat import GIVEN, KNOTS, LINEAR, SMOOTH, THRESHOLD, Flat

#: How many rows a block has.
BLOCK = 512
#: How many blocks ahead memory is asked for what comes next.
AHEAD = 2
#: What is said of a column: where its numbers lie and whether they are narrow; where the bits lie that say which are
#: there (or 0), and the first of them.
ADDRESS, NARROW, BITS, OFFSET = range(4)
#: What is said of a step row, see `Flat`.
ROW, COLUMN, SIDE, SKIPS, CURVE, FIRST, PIECES, SAME_ENDS, SAME_STAND_IN = range(9)
#: Ops, see `outcomegap.program.Op`.
BOTH, EITHER, CHOOSE, MEAN = range(4)
#: The passes over a side.
POINT, LOW, HIGH = range(3)
#: Divides as NumPy does, and lets other threads run. Nothing is reordered or fused.
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
INLINE: dict[str, Any] = OPTIONS | {"forceinline": True}


class Room(NamedTuple):
    """Where one block is computed; made by `room`.

    Parameters
    ----------
    v
        Rows of values: steps, parameters, registers, zero, one; then steps with what is missing at nothing, and at
        everything; then parameters over what is present; then one to spare.
    places
        For each pass the row of `v` in which each value stands.
    there, absent
        By step row: 1 where it is there, or does not skip; whether it is absent for somebody.
    raw, ends, wide
        A column; floors and spans; progress in double precision.
    cell, seen, lacks
        Each customer's cell; how many steps of each side are observed; whether some are missing.
    """

    v: Any
    places: Any
    there: Any
    absent: Any
    raw: Any
    ends: Any
    wide: Any
    cell: Any
    seen: Any
    lacks: Any


@intrinsic
def _pointer(_context: Any, address: Any) -> Any:
    def made(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(address), made


@intrinsic
def _fetch(_context: Any, address: Any) -> Any:
    """Ask for what stands at an address, so that it is in the cache when it is read."""

    def made(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [builder.inttoptr(args[0], cgutils.voidptr_t), number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(address), made


@njit(**INLINE)
def room(flat):
    """Make the room for blocks of a program."""
    count, more = flat.stand_ins.shape[0], flat.parameters.shape[0]
    values = count + more + flat.registers + 2
    one = flat.stand_ins.dtype.type(1.0)
    v = np.zeros((values + 2 * count + more + 1, BLOCK), dtype=flat.stand_ins.dtype)
    v[values - 1, :] = one
    there = np.full((count + 1, BLOCK), one)
    ints, flags = np.zeros((3, values), dtype=np.int64), np.zeros(count + 2, dtype=np.bool_)
    raw, ends, wide = np.zeros(BLOCK), np.zeros((1, BLOCK), dtype=np.complex128), np.zeros(BLOCK)
    cell, seen = np.zeros(BLOCK, dtype=np.uint32), np.zeros((2, BLOCK), dtype=np.int32)
    return Room(v, ints, there, flags[:count], raw, ends, wide, cell, seen, flags[count:])


@njit(**INLINE)
def load(columns, column, rows, start, count, raw):
    """Bring rows of one column into `raw`, NaN where missing; beyond `count`, zeros."""
    first, size = (0, np.int64(1) << 40) if len(rows) else (start, count)
    address, bits, offset = columns[column, ADDRESS], columns[column, BITS], columns[column, OFFSET] + first
    wide = carray(_pointer(address + 8 * first), size, np.float64)
    narrow = carray(_pointer(address + 4 * first), size, np.float32)
    if len(rows) and columns[column, NARROW]:
        for i in range(count):
            raw[i] = narrow[rows[start + i]]
    elif len(rows):
        for i in range(count):
            raw[i] = wide[rows[start + i]]
    elif columns[column, NARROW]:
        for i in range(count):
            raw[i] = narrow[i]
    else:
        for i in range(count):
            raw[i] = wide[i]
    for line in range(0 if len(rows) else BLOCK // 8):
        _fetch(address + 8 * (first + AHEAD * BLOCK) + 64 * line)
    if bits and len(rows):
        said = carray(_pointer(bits), size, np.uint8)
        for i in range(count):
            at = offset + rows[start + i]
            raw[i] = raw[i] if (said[at >> 3] >> (at & 7)) & 1 else np.nan
    elif bits:
        _fetch(bits + (offset + AHEAD * BLOCK >> 3))
        last, shift = (offset + count - 1 >> 3) - (offset >> 3), offset & 7
        said = carray(_pointer(bits + (offset >> 3)), last + 1, np.uint8)
        for byte in range((count + 7) // 8):
            there = (np.int64(said[byte]) | np.int64(said[min(byte + 1, last)]) << 8) >> shift
            for k in range(8):
                raw[8 * byte + k] = raw[8 * byte + k] if there & (1 << k) else np.nan
    for i in range(count, BLOCK):
        raw[i] = 0.0


@njit(**INLINE)
def gather(table, row, cell, one, v, out):
    """Write the number of each customer's cell into a row of `v`."""
    for i in range(BLOCK if one else 0):
        v[out, i] = table[row, cell[0]]
    for i in range(0 if one else BLOCK):
        v[out, i] = table[row, cell[i]]


@njit(**INLINE)
def linear(raw, both, v, row):
    """Write clip((x - floor) / span, 0, 1)."""
    kind = v.dtype.type
    none, whole = kind(0.0), kind(1.0)
    for i in range(BLOCK):
        v[row, i] = min(max(kind(raw[i] - both[0, i].real) / kind(both[0, i].imag), none), whole) + none


@njit(**INLINE)
def bend(steps, at, raw, both, wide, knots, v):
    """Write curve(clip((x - floor) / span, 0, 1)), or what is given."""
    kind, row, first, curve = v.dtype.type, steps[at, ROW], steps[at, FIRST], steps[at, CURVE]
    for i in range(BLOCK):
        wide[i] = min(max((raw[i] - both[0, i].real) / both[0, i].imag, 0.0), 1.0) + 0.0
    for i in range(BLOCK if curve == GIVEN else 0):
        v[row, i] = raw[i]
    for i in range(BLOCK if curve == THRESHOLD else 0):
        v[row, i] = wide[i] * 0.0 + (1.0 if wide[i] >= knots[first, 0] else 0.0)
    for i in range(BLOCK if curve == SMOOTH else 0):
        v[row, i] = wide[i] * wide[i] * (3.0 - 2.0 * wide[i])
    for piece in range(first, first + steps[at, PIECES] if curve == KNOTS else first):
        begins, value, rise = knots[piece, 0], knots[piece, 1], knots[piece, 2]
        for i in range(BLOCK):
            more = kind(value + rise * (wide[i] - begins))
            v[row, i] = v[row, i] if piece > first and not wide[i] >= begins else more
    for i in range(BLOCK if curve == KNOTS else 0):
        v[row, i] = kind(1.0) if wide[i] >= 1.0 else v[row, i]


@njit(**INLINE)
def fill(v, row, low, high, stand_in, there, known, seen, side):
    """Put what stands in where a step is missing, nothing, and everything; note where it is there."""
    kind = v.dtype.type
    none, whole = kind(0.0), kind(1.0)
    for i in range(BLOCK):
        a = v[row, i]
        gone = a != a
        v[low, i] = none if gone else a
        v[high, i] = whole if gone else a
        there[known, i] = none if gone else whole
        seen[side, i] -= gone
        v[row, i] = v[stand_in, i] if gone else a


@njit(**INLINE)
def drop_absent(means, mean, present, there, v, shift, some):
    """Write the parameter rows of a mean of which some children may be absent: the others take their weight.

    They stand `shift` rows behind those with full weights. Where all children are absent, none is dropped.
    """
    kind = v.dtype.type
    none, whole = kind(0.0), kind(1.0)
    first, size, at, drawn = means[mean, 0], means[mean, 1], means[mean, 2], means[mean, 3]
    out, total = shift + first, shift + first + size
    for i in range(BLOCK):
        v[some, i] = none
        v[total, i] = none
    for child in range(size):
        row, step = out + child, present[at + 1]
        for i in range(BLOCK):
            v[row, i] = there[step, i]
        for place in range(at + 2, at + 1 + present[at]):
            step = present[place]
            for i in range(BLOCK):
                v[row, i] = max(v[row, i], there[step, i])
        for i in range(BLOCK):
            v[some, i] = max(v[some, i], v[row, i])
        at += 1 + present[at]
    for child in range(size):
        row, weight = out + child, first + child
        for i in range(BLOCK):
            v[row, i] = v[weight, i] * max(v[row, i], whole - v[some, i])
            v[total, i] = v[total, i] + v[row, i]
    for i in range(BLOCK):
        v[some, i] = none
    for child in range(size - 1, -1 if drawn else size, -1):
        row, draw = out + child, total + 1 + child
        for i in range(BLOCK):
            v[some, i] = v[some, i] + v[row, i]
        for i in range(BLOCK if child < size - 1 else 0):
            v[draw, i] = v[row, i] / v[some, i] if v[some, i] > none else none


@njit(**INLINE)
def run(code, reads, means, v, places, end):
    """Carry out the instructions of one side; `places` says for each pass in which row of `v` each value stands."""
    whole = v.dtype.type(1.0)
    for number in range(code.shape[0]):
        op, out = code[number, 0], places[end, code[number, 1]]
        if op == MEAN:
            first, size, at = means[code[number, 2], 0], means[code[number, 2], 1], code[number, 3]
            for child in range(size):
                a, weight = places[end, reads[at + child]], places[end, first + child]
                if child == 0:
                    for i in range(BLOCK):
                        v[out, i] = v[a, i] * v[weight, i]
                else:
                    for i in range(BLOCK):
                        v[out, i] = v[out, i] + v[a, i] * v[weight, i]
            total = places[end, first + size]
            for i in range(BLOCK):
                v[out, i] = v[out, i] / v[total, i]
            continue
        a, b, c = places[end, code[number, 2]], places[end, code[number, 3]], places[end, code[number, 4]]
        if op == BOTH:
            for i in range(BLOCK):
                v[out, i] = v[a, i] * v[b, i]
        elif op == EITHER:
            for i in range(BLOCK):
                v[out, i] = (whole - v[a, i]) * v[b, i] + v[a, i]
        else:
            for i in range(BLOCK):
                v[out, i] = (v[b, i] - v[c, i]) * v[a, i] + v[c, i]


@njit(**INLINE)
def read(flat, room, rows, first, size, cells, columns, limits, gaps, beyond, again):
    """Compute the attainments and parameters of a block.

    `rows` are those of the program, or empty where its rows lie together. `again` is False for the first block. What is
    missing, and what is infinite or outside the limits, is counted by column.
    """
    v, cell, places, absent, there = room.v, room.cell, room.places, room.absent, room.there
    raw, both, wide, seen, lacks = room.raw, room.ends, room.wide, room.seen, room.lacks
    steps, ends, knots, stand_ins, parameters = flat.steps, flat.ends, flat.knots, flat.stand_ins, flat.parameters
    means, present, alike, sizes = flat.means, flat.present, flat.alike, flat.sizes
    count, more, values = stand_ins.shape[0], parameters.shape[0], places.shape[1]
    spare = v.shape[0] - 1
    if len(rows):
        for i in range(size):
            cell[i] = cells[rows[first + i]]
    else:
        own = cells[first : first + size]
        for i in range(size):
            cell[i] = own[i]
    for i in range(size, BLOCK):
        cell[i] = cell[0]
    one = True
    for i in range(BLOCK):
        one &= cell[i] == cell[0]
    for number in range(values if lacks[0] or lacks[1] or not again else 0):
        places[POINT, number] = places[LOW, number] = places[HIGH, number] = number
    for side in range(2):
        for i in range(BLOCK):
            seen[side, i] = sizes[side]
        lacks[side] = False
    at, skipped = 0, False
    for column in range(columns.shape[0]):
        load(columns, column, rows, first, size, raw)
        missing, wrong, least, most = 0, 0, limits[column, 0], limits[column, 1]
        for i in range(size):
            missing += raw[i] != raw[i]
            wrong += (raw[i] < least) | (raw[i] > most)
        gaps[column] += missing
        beyond[column] += wrong
        while at < count and steps[at, COLUMN] == column:
            row, side = steps[at, ROW], steps[at, SIDE]
            gather(ends, row, cell, one or steps[at, SAME_ENDS], both, 0)
            if steps[at, CURVE] == LINEAR:
                linear(raw, both, v, row)
            else:
                bend(steps, at, raw, both, wide, knots, v)
            if missing:
                absent[row] = steps[at, SKIPS]
                skipped |= absent[row]
                known, low, high = row if absent[row] else count, values + row, values + count + row
                gather(stand_ins, row, cell, one or steps[at, SAME_STAND_IN], v, spare)
                fill(v, row, low, high, spare, there, known, seen, side)
                places[LOW, row], places[HIGH, row] = low, high
                lacks[side] = True
            elif absent[row]:
                absent[row] = False
                for i in range(BLOCK):
                    there[row, i] = 1.0
            at += 1
    for row in range(more):
        if not (again and alike[row]):
            gather(parameters, row, cell, one or alike[row], v, count + row)
    shift = values + count  # from a parameter row to the row over what is present
    for number in range(means.shape[0] if skipped else 0):
        drop_absent(means, number, present, there, v, shift, spare)
        for row in range(means[number, 0], means[number, 0] + 2 * means[number, 1]):
            places[POINT, row] = shift + row


@njit(**INLINE)
def write(values, at, rows, first, size, out, side):
    """Write a number for each row of a block."""
    if len(rows):
        for i in range(size):
            out[side, rows[first + i]] = values[at, i]
    else:
        here = out[side, first : first + size]
        for i in range(size):
            here[i] = values[at, i]


def score(rows, start, stop, cells, columns, limits, flat, point, low, high, observed, gaps, beyond):
    """Score rows `start` to `stop` of one program, or those of `rows`, if any; return whether some step is missing.

    If none is, `low` and `high` are not written.
    """
    here, ever = room(flat), False
    v, places, lacks, reads, means, roots = here.v, here.places, here.lacks, flat.reads, flat.means, flat.roots
    required, experience = flat.required, flat.experience
    for first in range(start, stop, BLOCK):
        size = min(BLOCK, stop - first)
        read(flat, here, rows, first, size, cells, columns, limits, gaps, beyond, first > start)
        if not ever and (lacks[0] or lacks[1]):
            ever = True
            for i in range(start, first):
                row = rows[i] if len(rows) else i
                for side in range(2):
                    low[side, row] = high[side, row] = point[side, row]
        for side in range(2):
            found = 0
            for end in range(3 if ever else 1):
                if end == POINT or lacks[side]:
                    if side == 0:
                        run(required, reads, means, v, places, end)
                    else:
                        run(experience, reads, means, v, places, end)
                    found = places[end, roots[side]]
                if end == POINT:
                    write(v, found, rows, first, size, point, side)
                elif end == LOW:
                    write(v, found, rows, first, size, low, side)
                else:
                    write(v, found, rows, first, size, high, side)
            write(here.seen, side, rows, first, size, observed, side)
    return ever


def compiled(function: Callable[..., Any], signatures: Sequence[Any]) -> Callable[..., Any]:
    """Compile a function, or load it from the disk; where nothing can be written there, each process compiles it."""
    try:
        found: Callable[..., Any] = njit(signatures, cache=True, **OPTIONS)(function)
    except (RuntimeError, OSError):
        found = njit(signatures, **OPTIONS)(function)
    return found


#: The types of what compiled functions are given: rows and cells, which nobody may write to; tables; a program.
ROWS, CELLS = (types.Array(kind, 1, "C", readonly=True) for kind in (types.int64, types.int32))
LIST, TABLE, FLOATS, ENDS = types.int64[::1], types.int64[:, ::1], types.float64[:, ::1], types.complex128[:, ::1]
COUNTS = types.int16[:, ::1]


def program_of(number: Any) -> Any:
    """Return the type of a program whose results are of one type."""
    rows = number[:, ::1]
    fields = (TABLE, ENDS, FLOATS, rows, rows, LIST, TABLE, TABLE, LIST, LIST, TABLE, LIST, LIST, types.int64)
    return types.NamedTuple(fields, Flat)


def _signature(number: Any) -> Any:
    whole, out = types.int64, number[:, ::1]
    return types.boolean(
        ROWS, whole, whole, CELLS, TABLE, FLOATS, program_of(number), out, out, out, COUNTS, LIST, LIST
    )


compiled_score = compiled(score, [_signature(types.float64), _signature(types.float32)])
