"""Runs the program: ``python -m alloy_assay serve``, ``uvx alloy-assay serve``."""

from __future__ import annotations

import os
import subprocess
import sys

from ._binary import find_binary


def main() -> None:
    """Hands over to the program, with its streams, signals and exit code."""
    try:
        command = [find_binary(), *sys.argv[1:]]
    except FileNotFoundError as error:
        sys.exit(f"assay: {error}")
    if sys.platform == "win32":
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
