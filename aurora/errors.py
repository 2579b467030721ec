"""Errors a caller can act on: one type per thing that can be wrong.

Every message names the thing, the place and the way out, in one line, and never holds a secret.
The command prints the message alone; a traceback appears only with ``--debug``.
"""

from __future__ import annotations

from collections.abc import Iterable


class AuroraError(Exception):
    """Base of everything the command reports as one line and a non-zero exit."""

    exit_code = 1


class SettingsError(AuroraError):
    """An environment variable or a line of ``.env`` is missing or cannot be right."""


class MissingKeyError(SettingsError):
    """The variable that holds a provider's key is not set."""


class RegistryError(AuroraError):
    """``chains.yaml`` or ``providers.yaml`` is malformed; the message names file, path and line."""


class UnknownChainError(AuroraError):
    """A chain that the registry does not name."""


class UnknownProviderError(AuroraError):
    """A provider that the registry does not name, or that serves nothing for the chain."""


class UnknownDataTypeError(AuroraError):
    """A data type that Aurora does not know or nobody serves for the chain."""


class PeriodError(AuroraError):
    """A period, or a range of periods, that cannot be loaded."""


class WarehouseError(AuroraError):
    """The database refuses connections, is too old, or lacks a right."""


class ProviderError(AuroraError):
    """A provider did not give an acceptable answer within its deadline and retries."""


class LoadError(AuroraError):
    """A load ended with runs that are not SUCCESS."""


class TransformError(AuroraError):
    """dbt could not build, or a test of the build failed."""


class ExportError(AuroraError):
    """A relation, format or path that cannot be exported."""


class InputError(AuroraError):
    """A file that is not taken over, for one reason or many: nothing of it is written."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
