"""What customers say: importance, expectation, satisfaction; and what a model learns from their answers."""

from outcomegap.survey.key_drivers import key_drivers as key_drivers

__all__ = ["key_drivers"]
