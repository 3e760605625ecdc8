"""The command line: ``outcomegap demo | check | score | explain``."""

from outcomegap.cli.main import main

__all__ = ["main"]
