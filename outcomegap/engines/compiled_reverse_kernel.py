"""What is compiled of `outcomegap.engines.compiled_reverse`: forward and reverse passes over blocks of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types

from outcomegap.engines.compiled_back import ADD, ATTAINMENT, ATTRIBUTION, GAIN, LAST, ONLY, UNKNOWN, WRITE, Back
from outcomegap.engines.compiled_kernel import (
    BLOCK,
    BOTH,
    CELLS,
    EITHER,
    HIGH,
    INLINE,
    LIST,
    LOW,
    MEAN,
    POINT,
    ROW,
    ROWS,
    SIDE,
    TABLE,
    compiled,
    drop_absent,
    program_of,
    read,
    room,
    run,
    write,
)


@njit(**INLINE)
def flow(mode, w, given, target, total, v, by, rest, weight):
    """Let a derivative flow to a value, times row `by` of `v`, or times what that lacks of 1 (`rest`).

    The last that flows to a step goes to row `total`, with all that was before it, times the weight of the node.
    """
    kind = w.dtype.type
    whole = kind(1.0)
    if mode == WRITE:
        for i in range(BLOCK):
            w[target, i] = w[given, i] * (whole - v[by, i] if rest else v[by, i])
    elif mode == ADD:
        for i in range(BLOCK):
            w[target, i] = w[target, i] + w[given, i] * (whole - v[by, i] if rest else v[by, i])
    elif mode == ONLY:
        for i in range(BLOCK):
            w[total, i] = w[total, i] + kind(w[given, i] * (whole - v[by, i] if rest else v[by, i]) * weight)
    elif mode == LAST:
        for i in range(BLOCK):
            more = w[given, i] * (whole - v[by, i] if rest else v[by, i])
            w[total, i] = w[total, i] + kind((w[target, i] + more) * weight)


@njit(**INLINE)
def reverse(code, modes, reads, means, v, places, w, values, weight):
    """Let the derivatives of a side flow from its root to its steps, into rows of `w` from `values` on."""
    spare, divided = v.shape[0] - 1, w.shape[0] - 1
    for number in range(code.shape[0]):
        op, given = code[number, 0], code[number, 1]
        if op == MEAN:
            first, size, at = means[code[number, 2], 0], means[code[number, 2], 1], code[number, 3]
            total = places[POINT, first + size]
            for i in range(BLOCK):
                w[divided, i] = w[given, i] / v[total, i]
            for child in range(size):
                to = reads[at + child]
                flow(modes[at + child], w, divided, to, values + to, v, places[POINT, first + child], False, weight)  # noqa: FBT003
            continue
        a, b, c = code[number, 2], code[number, 3], code[number, 4]
        by_a, by_b, by_c = places[POINT, a], places[POINT, b], places[POINT, c]
        if op == BOTH:
            flow(code[number, 5], w, given, a, values + a, v, by_b, False, weight)  # noqa: FBT003
            flow(code[number, 6], w, given, b, values + b, v, by_a, False, weight)  # noqa: FBT003
        elif op == EITHER:
            flow(code[number, 5], w, given, a, values + a, v, by_b, True, weight)  # noqa: FBT003
            flow(code[number, 6], w, given, b, values + b, v, by_a, True, weight)  # noqa: FBT003
        else:
            for i in range(BLOCK):
                v[spare, i] = v[by_b, i] - v[by_c, i]
            flow(code[number, 5], w, given, a, values + a, v, spare, False, weight)  # noqa: FBT003
            flow(code[number, 6], w, given, b, values + b, v, by_a, False, weight)  # noqa: FBT003
            flow(code[number, 7], w, given, c, values + c, v, by_a, True, weight)  # noqa: FBT003


@njit(**INLINE)
def differ(row, flat, here, code, w, out, root):
    """Write what a side gains where a step that is missing becomes known: with everything of it, less with nothing."""
    v, places, there = here.v, here.places, here.there
    kind = v.dtype.type
    none, whole = kind(0.0), kind(1.0)
    count, values, spare = flat.stand_ins.shape[0], places.shape[1], v.shape[0] - 1
    low, high, kept = places[LOW, row], places[HIGH, row], w.shape[0] - 1
    for i in range(BLOCK):
        there[row, i] = whole
        w[kept, i] = v[row, i]
    for number in range(flat.means.shape[0]):
        drop_absent(flat.means, number, flat.present, there, v, values + count, spare)
    for end in range(2):
        for i in range(BLOCK):
            v[row, i] = w[kept, i] if v[low, i] == v[high, i] else kind(end)
        run(code, flat.reads, flat.means, v, places, POINT)
        found = places[POINT, root]
        for i in range(BLOCK):
            w[out, i] = v[found, i] - w[out, i] if end else v[found, i]
    for i in range(BLOCK):
        gone = v[low, i] != v[high, i]
        w[out, i] = w[out, i] if gone else none
        v[row, i] = w[kept, i]
        there[row, i] = none if gone else whole


def explain(what, rows, start, stop, cells, columns, flat, back, nodes, weights, split, targets, out):
    """Explain rows `start` to `stop` of one program, or those of `rows`, if any.

    Nodes before `split` are those of R. Rows of `w`: what has flowed to each value; the sums of each step; what it
    lacks; R and E; one to spare.
    """
    here, kind = room(flat), out.dtype.type
    none, whole = kind(0.0), kind(1.0)
    v, places, reads, means = here.v, here.places, flat.reads, flat.means
    count, values = flat.stand_ins.shape[0], places.shape[1]
    lacks, sides = values + count, values + 2 * count
    w = np.zeros((sides + 3, BLOCK), dtype=out.dtype)
    limits, unread = np.zeros((columns.shape[0], 2)), np.zeros(columns.shape[0], dtype=np.int64)
    for first in range(start, stop, BLOCK):
        size = min(BLOCK, stop - first)
        read(flat, here, rows, first, size, cells, columns, limits, unread, unread, first > start)
        for row in range(count if what == ATTAINMENT else 0):
            low, high = places[LOW, row], places[HIGH, row]
            for i in range(BLOCK):
                v[row, i] = v[row, i] if v[low, i] == v[high, i] else kind(np.nan)
            write(v, row, rows, first, size, out, targets[row])
        if what == ATTAINMENT:
            continue
        for side in range(1 if what == ATTRIBUTION else 2):
            run(flat.required if side == 0 else flat.experience, reads, means, v, places, POINT)
            root = places[POINT, flat.roots[side]]
            for i in range(BLOCK):
                w[sides + side, i] = v[root, i]
        for side in range(2):
            code, backward = (flat.required, back.required) if side == 0 else (flat.experience, back.experience)
            root, other = flat.roots[side], sides + 1 - side
            for at in range(count):
                row = flat.steps[at, ROW]
                if flat.steps[at, SIDE] == side:
                    for i in range(BLOCK):
                        w[values + row, i] = none
                        w[lacks + row, i] = whole - v[row, i]
            from_node, to_node = (0, split) if side == 0 else (split, len(nodes))
            for node in range(from_node, to_node):
                weight = weights[node]
                t = -nodes[node]
                for at in range(count if what == ATTRIBUTION else 0):
                    row = flat.steps[at, ROW]
                    for i in range(BLOCK if flat.steps[at, SIDE] == side else 0):
                        v[row, i] = kind(w[lacks + row, i] * t) + whole
                run(code, reads, means, v, places, POINT)
                for i in range(BLOCK):
                    w[root, i] = whole
                for i in range(BLOCK if root < count else 0):
                    w[values + root, i] = w[values + root, i] + kind(weight)
                reverse(backward, back.modes, reads, means, v, places, w, values, weight)
            for at in range(count):
                row, found = flat.steps[at, ROW], values + flat.steps[at, ROW]
                unseen = places[LOW, row] != row
                if flat.steps[at, SIDE] != side or (what == UNKNOWN and not unseen):
                    continue
                if what == ATTRIBUTION:
                    for i in range(BLOCK):
                        w[found, i] = w[found, i] * w[lacks + row, i]
                    for i in range(BLOCK if side == 1 else 0):
                        w[found, i] = w[found, i] * w[other, i]
                elif what == UNKNOWN and back.moves[row]:
                    differ(row, flat, here, code, w, found, root)
                    for i in range(BLOCK):
                        w[found, i] = w[found, i] * w[other, i]
                else:
                    for i in range(BLOCK):
                        w[found, i] = w[found, i] * w[other, i]
                    for i in range(BLOCK if what == GAIN else 0):
                        w[found, i] = w[found, i] * w[lacks + row, i]
                    low, high = places[LOW, row], places[HIGH, row]
                    for i in range(BLOCK if what == UNKNOWN else 0):
                        w[found, i] = w[found, i] if v[low, i] != v[high, i] else none
                write(w, found, rows, first, size, out, targets[row])


def _signature(number: Any) -> Any:
    whole, line = types.int64, types.float64[::1]
    back = types.NamedTuple((TABLE, TABLE, LIST, LIST), Back)
    return types.void(
        whole, ROWS, whole, whole, CELLS, TABLE, program_of(number), back, line, line, whole, LIST, number[:, ::1]
    )


compiled_explain = compiled(explain, [_signature(types.float64), _signature(types.float32)])
