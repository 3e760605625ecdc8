"""The command line: ``outcomegap demo | init | check | convert | score | worklist | explain``."""

from outcomegap.cli.main import main

__all__ = ["main"]
