"""What customers then did: fit a model to it, check a score against it, see what is necessary, and what changed."""

__all__: list[str] = []
