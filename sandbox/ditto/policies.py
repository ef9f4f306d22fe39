"""``/policies``: create, replace, read and delete policies and their parts."""

import uuid
from typing import Any

from sandbox.ditto import paths, policy_model, preconditions
from sandbox.ditto.call import Answer, Call, with_value, without_value
from sandbox.ditto.documents import dumps, parse, parse_object, same
from sandbox.ditto.enforcement import HIDDEN, READ, WRITE, Enforcer, Path, enforcer
from sandbox.ditto.errors import method_not_allowed, no_route, policy_not_found
from sandbox.ditto.fields import selector
from sandbox.ditto.ids import check_policy
from sandbox.ditto.paths import ABSENT
from sandbox.ditto.policy_errors import (
    id_missing,
    implicit_policy_exists,
    inline_policy_invalid,
    inline_policy_refused,
    modification_invalid,
    not_creatable,
    not_found,
    not_modifiable,
)
from sandbox.ditto.store import POLICY, Document, Entity, Store

WHOLE = {f"{kind}:/": {"grant": [READ, WRITE], "revoke": []} for kind in ("thing", "policy", "message")}

WRITTEN_WHOLE = (("subjects",), ("resources",), ("importable",))  # parts of an entry that are never deleted


class Policies:
    """Answers the calls below ``/policies``."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def answer(self, call: Call) -> Answer:
        """Answer a call whose first segment is ``policies``."""
        match call.segments[1:]:
            case () | ("",):
                if call.method != "POST":
                    raise method_not_allowed("POST")
                policy_id = f"{call.query.get('namespace', 'org.eclipse.ditto')}:{uuid.uuid4()}"
                return self._create(call, policy_id)
            case (policy_id, "entries", label, "resources", *key) if key:
                check_policy(policy_id)
                return self._of_one(call, policy_id, ("entries", label, "resources", "/".join(key)))
            case (policy_id, "entries", label, "subjects", subject) if subject:
                # Ditto leaves a subject in a path as it comes.
                check_policy(policy_id)
                return self._of_one(call, policy_id, ("entries", label, "subjects", call.raw_segments[5]))
            case (policy_id, *path):
                if path and not path[-1]:
                    path.pop()
                if _is_part(path):
                    check_policy(policy_id)
                    return self._of_one(call, policy_id, tuple(path))
        raise no_route()

    def create_for_thing(self, call: Call, thing_id: str, policy_id: str, thing: Document) -> None:
        """Create the policy that a new thing brings along, copies, or is given by Ditto."""
        if self._store.find(POLICY, policy_id) is not None:
            raise implicit_policy_exists(thing_id, policy_id)
        if thing.get("_policy") is not None:
            entries = thing["_policy"].get("entries") or {}
            if not isinstance(entries, dict):
                reason = f"Value <{dumps(entries)}> for </entries> is not of type <JsonObject>!"
                raise inline_policy_invalid(thing_id, reason)
            if not policy_model.someone_may_write(entries):
                raise inline_policy_invalid(thing_id)
        elif thing.get("_copyPolicyFrom"):
            copied, rights = self._opened(thing["_copyPolicyFrom"])
            if not rights.may_some(call.subject, "policy", (), READ):
                raise not_found(copied.id, ())
            entries = (copied.document or {})["entries"]
        else:
            entries = {"DEFAULT": {"subjects": {call.subject: {"type": "generated"}}, "resources": WHOLE}}
        document = policy_model.policy({"entries": entries}, policy_id, call.subject)
        if not self._writable_by(call, document):
            raise inline_policy_refused(thing_id, policy_id)
        self._store.put(POLICY, policy_id, document)

    def _of_one(self, call: Call, policy_id: str, path: Path) -> Answer:
        match call.method, path:
            case "GET", _:
                return self._get(call, policy_id, path)
            case "PUT", ():
                return self._put(call, policy_id)
            case "PUT", _:
                return self._put_part(call, policy_id, path)
            case "DELETE", _ if path[2:] not in WRITTEN_WHOLE and path != ("entries",):
                return self._delete(call, policy_id, path)
        if path[2:] in WRITTEN_WHOLE or path == ("entries",):
            raise method_not_allowed("GET", "PUT")
        raise method_not_allowed("GET", "PUT", "DELETE")

    def _get(self, call: Call, policy_id: str, path: Path) -> Answer:
        fields = selector(call.query.get("fields"))
        entity, rights = self._opened(policy_id)
        if not rights.may_some(call.subject, "policy", path, READ):
            raise not_found(policy_id, path)
        value = paths.at(entity.document, path)
        if value is ABSENT:
            raise not_found(policy_id, self._missing(entity, path))
        tag = _tag(entity, path, value)
        preconditions.check(call, "policies", tag)
        view = rights.view(call.subject, "policy", path, value)
        if not path:
            view = {"policyId": policy_id} | ({} if view is HIDDEN else view)
        if fields and isinstance(view, dict):
            hidden = {
                "_revision": entity.revision,
                "_modified": entity.modified,
                "_created": entity.created or None,
                "_namespace": policy_id.partition(":")[0],
            }
            view = fields.of(view | {key: shown for key, shown in hidden.items() if shown and not path})
        return with_value(200, {} if view is HIDDEN else view, tag, entity.revision)

    def _put(self, call: Call, policy_id: str) -> Answer:
        call.check_json()
        entity = self._store.find(POLICY, policy_id)
        if entity is None:
            return self._create(call, policy_id)
        document = policy_model.policy(parse_object(call.body), policy_id, call.subject)
        if not self._opened(policy_id)[1].may_all(call.subject, "policy", (), WRITE):
            raise not_modifiable(policy_id, ())
        preconditions.check(call, "policies", entity.tag)
        self._check_imports(document)
        if preconditions.wants_skip(call) and same(document, entity.document):
            raise preconditions.equal("policies")
        policy_model.check_size(document)
        self._check_lockout(call, document, policy_id)
        self._store.put(POLICY, policy_id, document, keep_created=False)
        return without_value(entity.tag, entity.revision)

    def _create(self, call: Call, policy_id: str) -> Answer:
        call.check_json()
        if call.body.strip() == b"null":
            raise id_missing()
        document = policy_model.policy(parse_object(call.body), policy_id, call.subject)
        self._check_imports(document)
        if not self._writable_by(call, document) and not call.flag("allow-policy-lockout"):
            raise not_creatable(policy_id)
        preconditions.check(call, "policies", None)
        policy_model.check_size(document)
        entity = self._store.put(POLICY, policy_id, document)
        answer = with_value(201, document, entity.tag, entity.revision)
        answer.headers = {**answer.headers, "Location": call.location("policies", policy_id)}
        return answer

    def _put_part(self, call: Call, policy_id: str, path: Path) -> Answer:
        call.check_json()
        body = parse(call.body) if path[2:] == ("importable",) else parse_object(call.body)
        value = _part(path, body, policy_id, call.subject)
        if len(path) == 4 and path[2] == "subjects":
            path = (*path[:3], policy_model.subject_id(path[3], call.subject))
        entity, rights = self._opened(policy_id)
        if not rights.may_all(call.subject, "policy", path, WRITE):
            raise not_modifiable(policy_id, path)
        for parent in (path[:-1], path[:-2]):
            if len(parent) > 1 and paths.at(entity.document, parent) is ABSENT:
                raise not_found(policy_id, parent[:2])
        old = paths.at(entity.document, path)
        preconditions.check(call, "policies", None if old is ABSENT else preconditions.hash_tag(old))
        if preconditions.wants_skip(call) and same(value, old):
            raise preconditions.equal("policies")
        document = paths.with_value(entity.document or {}, path, value)
        self._check_imports(document)
        policy_model.check_size(document)
        self._check_lockout(call, document, policy_id, path)
        self._store.put(POLICY, policy_id, document)
        tag = _tag(entity, path, value)
        if old is not ABSENT:
            return without_value(tag, entity.revision)
        answer = with_value(201, value, tag, entity.revision)
        answer.headers = {**answer.headers, "Location": call.location("policies", policy_id, *path)}
        return answer

    def _delete(self, call: Call, policy_id: str, path: Path) -> Answer:
        entity, rights = self._opened(policy_id)
        if not rights.may_all(call.subject, "policy", path, WRITE):
            raise not_modifiable(policy_id, path)
        if not path:
            preconditions.check(call, "policies", entity.tag)
            self._store.delete(POLICY, entity)
            return without_value(None, entity.revision)
        old = paths.at(entity.document, path)
        if old is ABSENT:
            raise not_found(policy_id, path)
        preconditions.check(call, "policies", preconditions.hash_tag(old))
        document = paths.without(entity.document or {}, path)
        self._check_lockout(call, document, policy_id, path)
        self._store.put(POLICY, policy_id, document)
        return without_value(None, entity.revision)

    def _missing(self, entity: Entity, path: Path) -> Path:
        """Return what Ditto says is missing: the entry, or the part of it."""
        entry = path[:2]
        return entry if entry[:1] == ("entries",) and paths.at(entity.document, entry) is ABSENT else path

    def _opened(self, policy_id: str) -> tuple[Entity, Enforcer]:
        entity = self._store.find(POLICY, policy_id)
        rights = self._store.enforcer(policy_id)
        if entity is None or rights is None:
            raise policy_not_found(policy_id)
        return entity, rights

    def _check_imports(self, document: Document) -> None:
        for imported in document["imports"]:
            if self._store.find(POLICY, imported) is None:
                raise policy_not_found(imported)

    def _check_lockout(self, call: Call, document: Document, policy_id: str, path: Path = ()) -> None:
        """Someone must keep the right to write the policy."""
        if not call.flag("allow-policy-lockout") and not policy_model.someone_may_write(document["entries"]):
            raise modification_invalid(policy_id, path)

    def _writable_by(self, call: Call, document: Document) -> bool:
        rights = enforcer(document, 0, lambda imported: self._store.document(POLICY, imported))
        return rights.may_all(call.subject, "policy", (), WRITE)


def _tag(entity: Entity, path: Path, value: Any) -> str | None:
    """Return the entity tag of a part; who may import an entry has none."""
    if not path:
        return entity.tag
    return None if path[2:] == ("importable",) else preconditions.hash_tag(value)


def _is_part(path: list[str]) -> bool:
    match path:
        case [] | ["entries"] | ["imports"] | ["entries", _] | ["imports", _] | ["imports", _, "entries"]:
            return True
        case ["entries", _, "subjects" | "resources" | "importable"] | ["entries", _, "subjects", _]:
            return True
    return False


def _part(path: Path, value: Any, policy_id: str, caller: str) -> Any:
    match path:
        case ("entries",):
            return policy_model.entries(value, caller)
        case ("entries", label):
            return policy_model.entry(label, value, caller)
        case ("entries", _, "subjects"):
            return policy_model.subjects(value, caller)
        case ("entries", _, "subjects", _):
            return policy_model.subject(value)
        case ("entries", _, "resources"):
            return policy_model.resources(value)
        case ("entries", _, "resources", _):
            policy_model.resource_key(path[3])
            return policy_model.resource(value)
        case ("imports",):
            return policy_model.imports(value, policy_id)
        case ("imports", imported):
            return policy_model.imports({imported: value}, policy_id)[imported]
    return value
