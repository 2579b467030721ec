"""The ``aurora`` command. Everything heavy is imported inside the commands, so that ``--help`` answers at once."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command: one clear line on stderr and a non-zero exit on failure; a traceback only with ``--debug``."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    import click

    from aurora.cli.app import app
    from aurora.errors import AuroraError

    try:
        code = app(args=arguments, standalone_mode=False, prog_name="aurora")
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(130)
    except KeyboardInterrupt:
        print("aurora: interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(130)
    except AuroraError as error:
        if debug:
            raise
        print(f"aurora: {_one_line(error)}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        if debug:
            raise
        kind = type(error).__name__
        print(f"aurora: {kind}: {_one_line(error)} (run again with --debug to see where)", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
