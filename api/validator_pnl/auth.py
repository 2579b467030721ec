"""Who may read a P&L: the operator. A partner reads its own share, never what the operator earned."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from api.keys.authentication import require
from api.keys.models import Principal, Role

ValidatorPnlRead = Annotated[Principal, Depends(require(Role.OPERATOR))]
