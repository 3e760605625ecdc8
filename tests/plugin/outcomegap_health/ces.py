"""A gate with a constant elasticity of substitution, lifted off 0 so that its slopes are finite."""

import numpy as np


class Ces:
    """((mean of (x + s)^r)^(1/r) - s): r = -1 is the harmonic mean of the lifted children.

    Arrow, Chenery, Minhas & Solow, Review of Economics and Statistics 43 (1961); elasticity 1 / (1 - r).
    """

    name = "ces"
    multilinear = False

    def __init__(self, r=-1.0, lift=0.1):
        self.r, self.lift = r, lift

    def forward(self, children):
        total = sum(np.power(child + self.lift, self.r) for child in children)
        return np.power(total / len(children), 1.0 / self.r) - self.lift

    def gradient(self, children, out):
        return [np.power((child + self.lift) / (out + self.lift), self.r - 1.0) / len(children) for child in children]
