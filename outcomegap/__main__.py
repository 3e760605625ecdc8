"""``python -m outcomegap`` is ``outcomegap``."""

from outcomegap.cli import main

if __name__ == "__main__":
    main(prog_name="outcomegap")
