"""outcomegap: how far each customer is from the desired outcome, and exactly which gaps make up the distance.

Desired outcome = required outcome x appropriate experience. All public names are available here. Each is loaded on
first use, so that ``import outcomegap`` is fast. docs/index.md lists the names by use: describe, files, read, score,
explain, extend, errors.
"""

from __future__ import annotations

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
