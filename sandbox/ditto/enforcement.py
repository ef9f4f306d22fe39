"""Who may do what: a policy's grants and revokes, as Ditto's enforcers weigh them.

The entry nearest to a path decides, and at the same path a revoke beats a grant. See
https://www.eclipse.dev/ditto/basic-policy.html and ``TreeBasedPolicyEnforcer``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]
Document = Mapping[str, Any]

READ, WRITE = "READ", "WRITE"
HIDDEN = object()  # what a value is to someone who may read nothing of it


@dataclass(frozen=True, slots=True)
class Rule:
    """What one resource of one entry says to its subjects."""

    path: Path
    grant: frozenset[str]
    revoke: frozenset[str]


@dataclass(frozen=True, slots=True)
class Enforcer:
    """The rules of a policy by subject and by kind of resource (``thing``, ``policy``, ``message``)."""

    rules: Mapping[tuple[str, str], list[Rule]]
    imports: bool
    made_at: int

    def may_all(self, subject: str, kind: str, path: Path, permission: str) -> bool:
        """Say whether the subject has the permission at ``path`` and everywhere below."""
        nearest, revoked_below = -1, False
        granted = False
        for rule in self.rules.get((subject, kind), ()):
            depth = len(rule.path)
            if rule.path == path[:depth]:
                if permission in rule.revoke and depth >= nearest:
                    nearest, granted = depth, False
                elif permission in rule.grant and depth > nearest:
                    nearest, granted = depth, True
            elif rule.path[: len(path)] == path and permission in rule.revoke:
                revoked_below = True
        return granted and not revoked_below

    def may_some(self, subject: str, kind: str, path: Path, permission: str) -> bool:
        """Say whether the subject has the permission at ``path`` or somewhere below."""
        if self.may(subject, kind, path, permission):
            return True
        return any(
            permission in rule.grant
            and rule.path[: len(path)] == path
            and self.may(subject, kind, rule.path, permission)
            for rule in self.rules.get((subject, kind), ())
        )

    def may(self, subject: str, kind: str, path: Path, permission: str) -> bool:
        """Say whether the subject has the permission at ``path`` itself."""
        nearest, granted = -1, False
        for rule in self.rules.get((subject, kind), ()):
            depth = len(rule.path)
            if rule.path == path[:depth]:
                if permission in rule.revoke and depth >= nearest:
                    nearest, granted = depth, False
                elif permission in rule.grant and depth > nearest:
                    nearest, granted = depth, True
        return granted

    def view(self, subject: str, kind: str, path: Path, value: Any) -> Any:
        """Return the part of ``value``, which is at ``path``, that the subject may read; else HIDDEN."""
        if self.may_all(subject, kind, path, READ):
            return value
        if isinstance(value, dict) and value:
            parts = {key: self.view(subject, kind, (*path, key), inner) for key, inner in value.items()}
            shown = {key: part for key, part in parts.items() if part is not HIDDEN}
            return shown if shown or self.may(subject, kind, path, READ) else HIDDEN
        return value if self.may(subject, kind, path, READ) else HIDDEN


def enforcer(policy: Document, made_at: int, find: Callable[[str], Document | None]) -> Enforcer:
    """Return the enforcer of a policy document; ``find`` returns the policies that it imports."""
    rules: dict[tuple[str, str], list[Rule]] = {}
    for entry in policy.get("entries", {}).values():
        _add(rules, entry)
    imports = policy.get("imports") or {}
    for imported_id, wanted in imports.items():
        imported = find(imported_id)
        for label, entry in (imported or {}).get("entries", {}).items():
            importable = entry.get("importable", "implicit")
            if importable == "implicit" or (
                importable == "explicit" and label in (wanted or {}).get("entries", ())
            ):
                _add(rules, entry)
    return Enforcer(rules, bool(imports), made_at)


def path_of(pointer: str) -> Path:
    """Return the segments of a pointer such as ``/attributes/a``."""
    return tuple(segment for segment in pointer.split("/") if segment)


def _add(rules: dict[tuple[str, str], list[Rule]], entry: Document) -> None:
    subjects: Iterable[str] = entry.get("subjects", {})
    for key, permissions in entry.get("resources", {}).items():
        kind, _, pointer = key.partition(":")
        rule = Rule(
            path_of(pointer),
            frozenset(permissions.get("grant", ())),
            frozenset(permissions.get("revoke", ())),
        )
        for subject in subjects:
            rules.setdefault((subject, kind), []).append(rule)
