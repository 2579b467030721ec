"""What every model of the registry has in common: strict, frozen, no unknown keys.

A key that a file leaves out, or leaves empty, takes the default named beside its field; a key without a default is
required.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aurora.registry.fields import wrong

_T = TypeVar("_T")
ListOf = Annotated[tuple[_T, ...], Field(strict=False)]


class Model(BaseModel):
    """A mapping of the files, whose keys are exactly its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys_with_values(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        for key, value in data.items():
            if key not in fields:
                close = get_close_matches(str(key), fields, n=1)
                hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(fields)}"
                raise wrong(f"unknown key; {hint}", str(key))
            if value is None and fields[key].is_required():
                raise wrong("is empty; give it a value", str(key))
        return {key: value for key, value in data.items() if value is not None}
