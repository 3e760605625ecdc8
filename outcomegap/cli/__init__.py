"""The command line: ``outcomegap demo | init | check | convert | score | worklist | explain | plan``."""

from outcomegap.cli.main import main as main
