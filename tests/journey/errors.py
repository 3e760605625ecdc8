"""Which rules an error names."""

from __future__ import annotations

import pytest

from outcomegap.errors import DataError, ModelError


def rules_of(ask):
    """Ask, and return the rules that the error names: each once."""
    with pytest.raises((DataError, ModelError)) as caught:
        ask()
    found = caught.value.problems if isinstance(caught.value, DataError) else caught.value.findings
    return list(dict.fromkeys(one.rule for one in found))
