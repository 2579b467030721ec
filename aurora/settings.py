"""Settings: the environment over ``.env`` in the project's root folder (DESIGN.md, Commands).

Amounts and registries are not settings: ``chains.yaml`` and ``providers.yaml`` hold what differs between
operators, the environment holds what differs between machines, and all secrets.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from aurora.errors import SettingsError

PROJECT_ROOT = Path(__file__).resolve().parents[1]

_DEFAULT_SECRETS = frozenset({"", "change-me", "changeme", "secret", "development"})


class Settings(BaseSettings):
    """What one machine sets. Unset means: the embedded Postgres, the registry beside the code."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, frozen=True)

    database_url: SecretStr | None = None
    jwt_secret_key: SecretStr | None = None
    environment: Literal["development", "test", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    cors_origins: str = ""
    two_person_release: bool = Field(default=False, validation_alias="AURORA_TWO_PERSON_RELEASE")
    home: Path = Field(default=PROJECT_ROOT / ".aurora", validation_alias="AURORA_HOME")
    chains_file: Path = Field(default=PROJECT_ROOT / "chains.yaml", validation_alias="AURORA_CHAINS_FILE")
    providers_file: Path = Field(default=PROJECT_ROOT / "providers.yaml", validation_alias="AURORA_PROVIDERS_FILE")

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper_case(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @field_validator("database_url", "jwt_secret_key", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @cached_property
    def environment_variables(self) -> Mapping[str, str]:
        """The process environment over ``.env``: where ``AURORA_<PROVIDER>_URL`` and API keys are looked up."""
        return merged_environment()

    def require_production_secrets(self) -> None:
        """Refuse to start in production on a missing or default secret.

        Raises:
            SettingsError: ``ENVIRONMENT=production`` and ``DATABASE_URL`` or ``JWT_SECRET_KEY`` is not fit for it.
        """
        if self.environment != "production":
            return
        if self.database_url is None:
            raise SettingsError(
                "ENVIRONMENT=production needs DATABASE_URL: the embedded Postgres is for one machine; set it"
            )
        secret = self.jwt_secret_key.get_secret_value() if self.jwt_secret_key else ""
        if secret.lower() in _DEFAULT_SECRETS or len(secret) < 32:
            raise SettingsError(
                "ENVIRONMENT=production needs JWT_SECRET_KEY of at least 32 characters that is not a default; set it"
            )


def merged_environment(env_file: Path | None = None) -> dict[str, str]:
    """The process environment over the entries of ``.env`` (by default the one in the project's root)."""
    path = env_file if env_file is not None else PROJECT_ROOT / ".env"
    from_file = {key: value for key, value in dotenv_values(path).items() if value is not None}
    return {**from_file, **os.environ}


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        SettingsError: a value is not of its kind; the message names the variable.
    """
    env_file = PROJECT_ROOT / ".env"
    try:
        return Settings(_env_file=env_file if env_file.is_file() else None)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "?"
        raise SettingsError(
            f"environment variable {name}: {first['msg']}; correct it in the environment or in .env"
        ) from error
