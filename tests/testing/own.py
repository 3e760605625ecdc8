"""A curve of one's own, and what several tests break plug-ins with."""

from __future__ import annotations


def squared(z):
    return z * z


class OwnCurve:
    name = "own curve"

    def value(self, z):
        return z * z

    def slope(self, z):
        return 2 * z


def refuse(self):
    raise TypeError("not to be stored")
