"""Run ``outcomegap`` as ``python -m outcomegap``."""

from outcomegap.cli import main

if __name__ == "__main__":
    main(prog_name="outcomegap")
