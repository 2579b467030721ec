"""Who may read statements: the operator all of them, a partner its own from their release on."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from api.keys.authentication import require
from api.keys.models import Principal, Role

StatementsRead = Annotated[Principal, Depends(require(Role.OPERATOR, Role.PARTNER))]
