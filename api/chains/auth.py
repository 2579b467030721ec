"""Who may read chains: whoever has a key, for the figures of operators and partners alike are in their units."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from api.keys.authentication import require
from api.keys.models import Principal, Role

ChainsRead = Annotated[Principal, Depends(require(Role.OPERATOR, Role.PARTNER))]
