"""What is compiled: one function that interprets any program's table over blocks of rows. Imported on first use only.

Numba compiles it once per machine, for double and for single precision, and keeps the code on disk. It does what
`NumpyBlocks` does, in the same order, so that both give the same bits. Loops run over whole blocks, also where fewer
rows are left: what stands beyond them is computed and never written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

#: How many rows a block has.
BLOCK = 256
#: How a column of numbers lies in memory: kinds of `columns[:, KIND]`.
DOUBLE, SINGLE = 0, 1
#: What is said of a column.
ADDRESS, KIND, BITS, OFFSET = range(4)
#: What is said of a step row, see `outcomegap.engines.compiled.Flat`.
ROW, COLUMN, SIDE, SKIPS, CURVE, FIRST, PIECES, ALIKE = range(8)
#: Curves. What NumPy computed before is GIVEN: the column holds attainments.
LINEAR, THRESHOLD, SMOOTH, KNOTS, GIVEN = range(5)
#: Ops, see `outcomegap.program.Op`.
BOTH, EITHER, CHOOSE, MEAN = range(4)
#: The passes over a side.
POINT, LOW, HIGH = range(3)


@intrinsic
def _pointer(_context: Any, address: Any) -> Any:
    def made(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(address), made


#: Divides as NumPy does, and lets other threads run. Nothing is reordered or fused.
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


@njit(**OPTIONS)
def load(column, rows, start, count, raw):
    """Bring rows of one column into `raw`, NaN where missing; beyond `count`, zeros."""
    size = start + count if len(rows) == 0 else np.int64(1) << 62
    if column[KIND] == DOUBLE:
        wide = carray(_pointer(column[ADDRESS]), size, np.float64)
        if len(rows):
            for i in range(count):
                raw[i] = wide[rows[start + i]]
        else:
            for i in range(count):
                raw[i] = wide[start + i]
    else:
        narrow = carray(_pointer(column[ADDRESS]), size, np.float32)
        if len(rows):
            for i in range(count):
                raw[i] = narrow[rows[start + i]]
        else:
            for i in range(count):
                raw[i] = narrow[start + i]
    if column[BITS]:
        bits = carray(_pointer(column[BITS]), size, np.uint8)
        for i in range(count):
            at = column[OFFSET] + (rows[start + i] if len(rows) else start + i)
            if not (bits[at >> 3] >> (at & 7)) & 1:
                raw[i] = np.nan
    for i in range(count, BLOCK):
        raw[i] = 0.0


@njit(**OPTIONS)
def attain(step, raw, floors, spans, cells, one, knots, wide, out):
    """Write curve(clip((x - floor) / span, 0, 1)) of a step row; NaN where x is missing."""
    kind = out.dtype.type
    none, whole = kind(0.0), kind(1.0)
    row = step[ROW]
    if step[CURVE] == GIVEN:
        for i in range(BLOCK):
            out[i] = kind(raw[i])
    elif step[CURVE] == LINEAR:
        if one or step[ALIKE]:
            floor, span = floors[row, cells[0]], kind(spans[row, cells[0]])
            for i in range(BLOCK):
                out[i] = min(max(kind(raw[i] - floor) / span, none), whole) + none
        else:
            low, wides = floors[row], spans[row]
            for i in range(BLOCK):
                out[i] = min(max(kind(raw[i] - low[cells[i]]) / kind(wides[cells[i]]), none), whole) + none
    else:
        low, wides = floors[row], spans[row]
        for i in range(BLOCK):
            wide[i] = min(max((raw[i] - low[cells[i]]) / wides[cells[i]], 0.0), 1.0) + 0.0
        if step[CURVE] == THRESHOLD:
            jump = knots[step[FIRST], 0]
            for i in range(BLOCK):
                z = wide[i]
                out[i] = kind(z * 0.0 + (1.0 if z >= jump else 0.0))
        elif step[CURVE] == SMOOTH:
            for i in range(BLOCK):
                z = wide[i]
                out[i] = kind(z * z * (3.0 - 2.0 * z))
        else:
            for i in range(BLOCK):
                z, at = wide[i], step[FIRST]
                found = knots[at, 1] + knots[at, 2] * (z - knots[at, 0])
                for piece in range(at + 1, at + step[PIECES]):
                    if z >= knots[piece, 0]:
                        found = knots[piece, 1] + knots[piece, 2] * (z - knots[piece, 0])
                out[i] = kind(1.0 if z >= 1.0 else found)


@njit(**OPTIONS)
def count_missing(values):
    """Count NaN in a block."""
    found = 0
    for i in range(BLOCK):
        found += values[i] != values[i]
    return found


@njit(**OPTIONS)
def fill(point, low, high, there, seen, stand_in, cells, one):
    """Put what stands in where a step is missing: its number, nothing, everything; note where it is there."""
    kind = point.dtype.type
    none, whole = kind(0.0), kind(1.0)
    number = stand_in[cells[0]]
    for i in range(BLOCK):
        a = point[i]
        gone = a != a
        low[i] = none if gone else a
        high[i] = whole if gone else a
        there[i] = none if gone else whole
        seen[i] -= gone
        point[i] = (number if one else stand_in[cells[i]]) if gone else a


@njit(**OPTIONS)
def gather(numbers, cells, one, out):
    """Write a number by cell."""
    number = numbers[cells[0]]
    if one:
        for i in range(BLOCK):
            out[i] = number
    else:
        for i in range(BLOCK):
            out[i] = numbers[cells[i]]


@njit(**OPTIONS)
def drop_absent(mean, present, there, full, out, spare):
    """Write the parameter rows of a mean of which some children may be absent: they take no weight, or all theirs.

    `full` are its rows with full weights, `there` says by step row who has it: 1 or 0. `present` lists for each child
    how many steps it has, and these.
    """
    kind = out.dtype.type
    none, whole = kind(0.0), kind(1.0)
    size = mean[1]
    some = spare[0]
    some[:] = none
    at = mean[2]
    for child in range(size):
        row = out[child]
        steps = present[at]
        row[:] = there[present[at + 1]]
        for place in range(at + 2, at + 1 + steps):
            more = there[present[place]]
            for i in range(BLOCK):
                row[i] = max(row[i], more[i])
        for i in range(BLOCK):
            some[i] = max(some[i], row[i])
        at += 1 + steps
    total = out[size]
    for child in range(size):
        row, weight = out[child], full[child]
        for i in range(BLOCK):
            row[i] = weight[i] * max(row[i], whole - some[i])
        if child == 0:
            total[:] = row
        else:
            for i in range(BLOCK):
                total[i] = total[i] + row[i]
    if mean[3]:
        rest = some
        rest[:] = out[size - 1]
        for child in range(size - 2, -1, -1):
            row, draw = out[child], out[size + 1 + child]
            for i in range(BLOCK):
                rest[i] = rest[i] + row[i]
                draw[i] = row[i] / rest[i] if rest[i] > none else none


@njit(**OPTIONS)
def run(code, reads, means, v, places):
    """Carry out the instructions of one side; `places` says in which row of `v` each value stands."""
    whole = v.dtype.type(1.0)
    for number in range(len(code)):
        op, out = code[number, 0], v[places[code[number, 1]]]
        if op == MEAN:
            mean, at = means[code[number, 2]], code[number, 3]
            first, size = mean[0], mean[1]
            a, weight = v[places[reads[at]]], v[places[first]]
            for i in range(BLOCK):
                out[i] = a[i] * weight[i]
            for child in range(1, size):
                a, weight = v[places[reads[at + child]]], v[places[first + child]]
                for i in range(BLOCK):
                    out[i] = out[i] + a[i] * weight[i]
            total = v[places[first + size]]
            for i in range(BLOCK):
                out[i] = out[i] / total[i]
            continue
        a, b = v[places[code[number, 2]]], v[places[code[number, 3]]]
        if op == BOTH:
            for i in range(BLOCK):
                out[i] = a[i] * b[i]
        elif op == EITHER:
            for i in range(BLOCK):
                out[i] = (whole - a[i]) * b[i] + a[i]
        else:
            c = v[places[code[number, 4]]]
            for i in range(BLOCK):
                out[i] = (b[i] - c[i]) * a[i] + c[i]


def score(
    rows, start, stop, cells, columns, limits, steps, floors, spans, knots, stand_ins, parameters, alike,
    required, experience, roots, reads, means, present, registers, sizes,
    point, low, high, observed, gaps, beyond,
):  # fmt: skip
    """Score rows `start` to `stop` of one program, or those of `rows`, if any; return whether some step is missing.

    If none is, `low` and `high` are not written. `gaps` and `beyond` count by column what is missing, and what is
    infinite or outside the limits.
    """
    kind = point.dtype.type
    count, values = len(steps), len(steps) + len(parameters)
    lows, highs = values + registers + 2, values + registers + 2 + count
    shown = highs + count
    v = np.zeros((shown + len(parameters), BLOCK), dtype=point.dtype)
    v[values + registers + 1, :] = kind(1.0)
    places = np.empty((3, lows), dtype=np.int64)
    there = np.full((count + 1, BLOCK), kind(1.0))
    absent = np.zeros(count, dtype=np.bool_)
    raw, wide, spare = np.zeros(BLOCK), np.zeros(BLOCK), np.zeros((1, BLOCK), dtype=point.dtype)
    cell = np.zeros(BLOCK, dtype=np.int32)
    seen = np.zeros((2, BLOCK), dtype=np.int32)
    lacks = np.zeros(2, dtype=np.bool_)
    ever = False
    for first in range(start, stop, BLOCK):
        size = min(BLOCK, stop - first)
        for i in range(size):
            cell[i] = cells[rows[first + i]] if len(rows) else cells[first + i]
        cell[size:] = cell[0]
        one = True
        for i in range(BLOCK):
            one &= cell[i] == cell[0]
        for number in range(lows):
            places[:, number] = number
        lacks[:] = False
        skipped = False
        for side in range(2):
            seen[side, :] = sizes[side]
        at = 0
        for column in range(len(columns)):
            load(columns[column], rows, first, size, raw)
            missing, wrong = 0, 0
            least, most = limits[column, 0], limits[column, 1]
            for i in range(size):
                missing += raw[i] != raw[i]
                wrong += (raw[i] < least) | (raw[i] > most)
            gaps[column] += missing
            beyond[column] += wrong
            while at < count and steps[at, COLUMN] == column:
                step = steps[at]
                row, side = step[ROW], step[SIDE]
                attain(step, raw, floors, spans, cell, one, knots, wide, v[row])
                if absent[row]:
                    absent[row] = False
                    there[row, :] = kind(1.0)
                if missing and count_missing(v[row]):
                    absent[row] = step[SKIPS] == 1
                    skipped |= absent[row]
                    known = there[row] if absent[row] else there[count]
                    fill(v[row], v[lows + row], v[highs + row], known, seen[side], stand_ins[row], cell, one)
                    places[LOW, row], places[HIGH, row] = lows + row, highs + row
                    lacks[side] = True
                at += 1
        for row in range(len(parameters)):
            if not alike[row] or first == start:
                gather(parameters[row], cell, one or alike[row], v[count + row])
        for number in range(len(means) if skipped else 0):
            mean = means[number]
            some, place = False, mean[2]
            for _ in range(mean[1]):
                for each in range(place + 1, place + 1 + present[place]):
                    some |= absent[present[each]]
                place += 1 + present[place]
            if some:
                until = mean[0] + 2 * mean[1]
                out = v[shown + mean[0] - count : shown + until - count]
                drop_absent(mean, present, there, v[mean[0] : until], out, spare)
                for number_there in range(mean[0], until):
                    places[POINT, number_there] = shown + number_there - count
        if not ever and (lacks[0] or lacks[1]):
            ever = True
            for i in range(start, first):
                row = rows[i] if len(rows) else i
                for side in range(2):
                    low[side, row] = high[side, row] = point[side, row]
        for side in range(2):
            code = required if side == 0 else experience
            run(code, reads, means, v, places[POINT])
            found = v[places[POINT, roots[side]]]
            for i in range(size):
                row = rows[first + i] if len(rows) else first + i
                point[side, row] = found[i]
                observed[side, row] = seen[side, i]
            if ever:
                for end in (LOW, HIGH):
                    if lacks[side]:
                        run(code, reads, means, v, places[end])
                        found = v[places[end, roots[side]]]
                    bound = low if end == LOW else high
                    for i in range(size):
                        bound[side, rows[first + i] if len(rows) else first + i] = found[i]
    return ever


def _signature(number: Any) -> Any:
    """Return the types of `score` for results of one type."""
    whole, ints = types.int64, types.int64[:, ::1]
    said = types.Array(types.int64, 1, "C", readonly=True)
    cells = types.Array(types.int32, 1, "C", readonly=True)
    floats, numbers = types.float64[:, ::1], number[:, ::1]
    return types.boolean(
        said, whole, whole, cells, ints, floats, ints, floats, floats, floats, numbers, numbers, types.boolean[::1],
        ints, ints, types.int64[::1], types.int64[::1], ints, types.int64[::1], whole, types.int64[::1],
        numbers, numbers, numbers, types.int16[:, ::1], types.int64[::1], types.int64[::1],
    )  # fmt: skip


def compiled(function: Callable[..., Any], signatures: Sequence[Any]) -> Callable[..., Any]:
    """Compile a function, or load it from the disk; where nothing can be written there, each process compiles it."""
    try:
        found: Callable[..., Any] = njit(signatures, cache=True, **OPTIONS)(function)
    except (RuntimeError, OSError):
        found = njit(signatures, **OPTIONS)(function)
    return found


compiled_score = compiled(score, [_signature(types.float64), _signature(types.float32)])
