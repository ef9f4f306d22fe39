"""``/policies``: create, replace, read and delete policies and their parts."""

import uuid
from typing import Any

from sandbox.ditto import paths, policy_model, preconditions
from sandbox.ditto.call import Answer, Call, with_value, without_value
from sandbox.ditto.documents import parse, parse_object, same
from sandbox.ditto.enforcement import HIDDEN, READ, WRITE, Enforcer, Path, enforcer
from sandbox.ditto.errors import DittoError, method_not_allowed, no_route, policy_not_found
from sandbox.ditto.fields import selector
from sandbox.ditto.ids import check_policy
from sandbox.ditto.paths import ABSENT
from sandbox.ditto.policy_errors import modification_invalid, not_creatable, not_found, not_modifiable
from sandbox.ditto.store import POLICY, Document, Entity, Store

ALL = ["READ", "WRITE"]


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
            case (policy_id, *path) if _is_part(path):
                check_policy(policy_id)
                return self._of_one(call, policy_id, tuple(path))
        raise no_route()

    def create_for_thing(self, call: Call, thing_id: str, policy_id: str, body: Document | None) -> None:
        """Create the policy that a new thing brings along, or the one that Ditto gives it."""
        if self._store.find(POLICY, policy_id) is not None:
            raise DittoError(
                400,
                "things:thing.notcreatable",
                f"The Thing with ID '{thing_id}' could not be created because creation of its implicit"
                f" Policy ID '{policy_id}' failed.",
                "If you want to use an existing Policy, specify it as 'policyId' in the Thing JSON"
                " you create.",
            )
        if body is None:
            body = {
                "entries": {
                    "DEFAULT": {
                        "subjects": {call.subject: {"type": "generated"}},
                        "resources": {
                            f"{kind}:/": {"grant": ALL, "revoke": []}
                            for kind in ("thing", "policy", "message")
                        },
                    }
                }
            }
        document = policy_model.policy(body | {"policyId": policy_id}, policy_id, call.subject)
        if not self._writable_by(call, document):
            raise not_creatable(policy_id)
        self._store.put(POLICY, policy_id, document)

    def _of_one(self, call: Call, policy_id: str, path: Path) -> Answer:
        match call.method, path:
            case "GET", _:
                return self._get(call, policy_id, path)
            case "PUT", ():
                return self._put(call, policy_id)
            case "PUT", _:
                return self._put_part(call, policy_id, path)
            case "DELETE", _ if path not in (("entries",),) and path[2:] not in (
                ("subjects",),
                ("resources",),
            ):
                return self._delete(call, policy_id, path)
        raise method_not_allowed("GET", "PUT", "DELETE")

    def _get(self, call: Call, policy_id: str, path: Path) -> Answer:
        fields = selector(call.query.get("fields"))
        entity, rights = self._opened(policy_id)
        if not rights.may_some(call.subject, "policy", path, READ):
            raise not_found(policy_id, path)
        value = paths.at(entity.document, path)
        if value is ABSENT:
            raise not_found(policy_id, path)
        tag = preconditions.hash_tag(value) if path else entity.tag
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
        document = policy_model.policy(parse_object(call.body), policy_id, call.subject)
        self._check_imports(document)
        if not self._writable_by(call, document) and not call.flag("allow-policy-lockout"):
            raise not_creatable(policy_id)
        preconditions.check(call, "policies", None)
        policy_model.check_size(document)
        entity = self._store.put(POLICY, policy_id, document)
        answer = with_value(201, document, entity.tag, entity.revision)
        answer.headers = {**answer.headers, "Location": f"{call.base}/policies/{policy_id}"}
        return answer

    def _put_part(self, call: Call, policy_id: str, path: Path) -> Answer:
        call.check_json()
        value = _part(path, parse(call.body), policy_id, call.subject)
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
        tag = preconditions.hash_tag(value)
        if old is not ABSENT:
            return without_value(tag, entity.revision)
        answer = with_value(201, value, tag, entity.revision)
        answer.headers = {**answer.headers, "Location": "/".join([call.base, "policies", policy_id, *path])}
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
        if call.flag("allow-policy-lockout"):
            return
        for entry in document["entries"].values():
            grants = entry["resources"].get("policy:/", {}).get("grant", ())
            if WRITE in grants and entry["subjects"]:
                return
        raise modification_invalid(policy_id, path)

    def _writable_by(self, call: Call, document: Document) -> bool:
        rights = enforcer(document, 0, lambda imported: self._store.document(POLICY, imported))
        return rights.may_all(call.subject, "policy", (), WRITE)


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
            return policy_model.resource(value)
        case ("imports",):
            return policy_model.imports(value, policy_id)
        case ("imports", imported):
            return policy_model.imports({imported: value}, policy_id)[imported]
    return value
