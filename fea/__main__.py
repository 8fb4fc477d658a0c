# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The command ``bonefea``, also as ``python -m fea``; Ctrl-C is heard while the command line is still imported."""

import sys


def main() -> None:
    """Run the command line."""
    try:
        from fea.cli import main as command

        command()
    except KeyboardInterrupt:
        print("bonefea: stopped.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
