"""Plans in files, one for each stack: how they get from the jobs that preview to the one that comments.

Such a file holds no more than the comment tells, so it may be kept as an artifact of the run.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from review.plan import Plan, PlanError

_PLAN = TypeAdapter(Plan)
_STACK = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def save(plan: Plan, stack: str, folder: Path) -> Path:
    """Write the plan of a stack into the folder; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stack}.json"
    path.write_bytes(_PLAN.dump_json(plan, indent=1))
    return path


def load(paths: Iterable[Path]) -> dict[str, Plan]:
    """The plans in these files, by stack. Raises `PlanError`."""
    plans = {}
    for path in sorted(paths):
        if path.suffix != ".json" or not _STACK.fullmatch(path.stem):
            raise PlanError(f"{path}: a plan is in a file named after its stack, as in dev.json")
        try:
            plans[path.stem] = _PLAN.validate_json(path.read_bytes())
        except ValidationError as error:
            raise PlanError(f"{path} holds no plan: {error}") from None
        except OSError as error:
            raise PlanError(f"{path} cannot be read: {error}") from None
    return plans
