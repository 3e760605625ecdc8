"""What customers then did: fit a model to it, check a score against it, see what is necessary, and what changed."""

from outcomegap.learn.necessity import necessity as necessity

__all__ = ["necessity"]
