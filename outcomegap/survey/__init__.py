"""What customers say: importance, expectation, satisfaction; and what a model learns from their answers."""

__all__: list[str] = []
