"""Print the catalogue as Markdown: ``python -m outcomegap.churn [LANGUAGE]``."""

from __future__ import annotations

import sys

from outcomegap.churn import catalogue
from outcomegap.errors import OutcomeGapError


def main(arguments: list[str]) -> int:
    """Write the catalogue with labels in one language (``en`` unless said otherwise) to standard output."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        sys.stderr.write("usage: python -m outcomegap.churn [LANGUAGE]\n")
        return 0 if arguments in (["-h"], ["--help"]) else 2
    try:
        text = catalogue().to_markdown(language=arguments[0] if arguments else "en")
    except OutcomeGapError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.buffer.write(text.encode("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
