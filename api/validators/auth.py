"""Who may read validators: the operator. Which ones there are tells a partner about other partners' clients."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from api.keys.authentication import require
from api.keys.models import Principal, Role

ValidatorsRead = Annotated[Principal, Depends(require(Role.OPERATOR))]
