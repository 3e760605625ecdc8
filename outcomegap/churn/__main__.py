"""Print the catalogue as Markdown: ``python -m outcomegap.churn [LANGUAGE]``."""

from __future__ import annotations

import argparse
import sys

from outcomegap.churn import catalogue


def main(arguments: list[str] | None = None) -> None:
    """Write the catalogue with labels in one language to standard output."""
    parser = argparse.ArgumentParser("python -m outcomegap.churn", description="Print the catalogue as Markdown.")
    parser.add_argument("language", nargs="?", default="en", choices=catalogue().languages, help="of the labels")
    text = catalogue().to_markdown(language=parser.parse_args(arguments).language)
    sys.stdout.buffer.write(text.encode("utf-8"))


if __name__ == "__main__":
    main()
