"""``/things``: create, replace, merge, read and delete things and their parts."""

import uuid
from typing import Any

from sandbox.ditto import paths, preconditions, rql, thing_errors, thing_model
from sandbox.ditto.call import Answer, Call, with_text, with_value, without_value
from sandbox.ditto.documents import dumps, parse, parse_object, same
from sandbox.ditto.enforcement import HIDDEN, READ, WRITE, Enforcer, Path
from sandbox.ditto.errors import DittoError, method_not_allowed, no_route, policy_not_found, thing_not_found
from sandbox.ditto.fields import Selector, selector
from sandbox.ditto.ids import check_thing
from sandbox.ditto.merge import leaves, merged, placed, without_nulls
from sandbox.ditto.paths import ABSENT
from sandbox.ditto.policies import Policies
from sandbox.ditto.store import POLICY, THING, Document, Entity, Store
from sandbox.ditto.thing_view import hidden_fields, shown

BRINGS_POLICY = ("_policy", "_copyPolicyFrom")
BY_TEXT = (("attributes",), ("features",))  # parts that are compared as a whole thing is


class Things:
    """Answers the calls below ``/things``."""

    def __init__(self, store: Store, policies: Policies) -> None:
        self._store = store
        self._policies = policies

    def answer(self, call: Call) -> Answer:
        """Answer a call whose first segment is ``things``."""
        match call.segments[1:]:
            case () | ("",):
                return self._of_all(call)
            case (thing_id, *path):
                if path and not path[-1]:
                    path.pop()
                if _is_part(path):
                    check_thing(thing_id)
                    return self._of_one(call, thing_id, tuple(path))
        raise no_route()

    def _of_all(self, call: Call) -> Answer:
        match call.method:
            case "GET":
                return self._list(call)
            case "POST":
                return self._post(call)
        raise method_not_allowed("GET", "POST")

    def _of_one(self, call: Call, thing_id: str, path: Path) -> Answer:
        match call.method:
            case "GET":
                return self._get(call, thing_id, path)
            case "PUT":
                return self._put(call, thing_id, path)
            case "PATCH":
                return self._patch(call, thing_id, path)
            case "DELETE" if path != ("policyId",):
                return self._delete(call, thing_id, path)
        raise method_not_allowed("GET", "PUT", "PATCH", *(() if path == ("policyId",) else ("DELETE",)))

    # Reading

    def _get(self, call: Call, thing_id: str, path: Path) -> Answer:
        fields = selector(call.query.get("fields"))
        entity, enforcer = self._opened(thing_id, reading=True)
        if not enforcer.may_some(call.subject, "thing", path, READ):
            raise thing_errors.not_found(thing_id, path, denied=True)
        self._check_condition(call, entity, enforcer)
        document = entity.document or {}
        value = paths.at(document, path)
        if value is ABSENT:
            raise thing_errors.not_found(thing_id, _first_missing(document, path))
        if path == ("definition",) and value is None:
            value = ""
        tag = entity.tag if not path else preconditions.hash_tag(value)
        preconditions.check(call, "things", tag)
        if path:
            view = enforcer.view(call.subject, "thing", path, value)
            if fields and isinstance(view, dict):
                view = fields.of(view)
        else:
            view = shown(
                entity, fields, enforcer, call.subject, self._store.document(POLICY, document["policyId"])
            )
        return with_value(200, {} if view is HIDDEN else view, tag, entity.revision)

    def _list(self, call: Call) -> Answer:
        fields = selector(call.query.get("fields"))
        if "ids" not in call.query:
            # All that the caller may read, as search finds them.
            found = [entity for entity in self._store.all(THING) if self._readable(entity, call.subject)]
            return self._listed(call, found[:200], fields)
        wanted = call.query["ids"].split(",")
        for thing_id in wanted:
            check_thing(thing_id)
        entities = [self._store.find(THING, thing_id) for thing_id in wanted]
        return self._listed(call, [entity for entity in entities if entity is not None], fields)

    def _listed(self, call: Call, entities: list[Entity], fields: Selector | None) -> Answer:
        views = []
        for entity in entities:
            policy_id = (entity.document or {})["policyId"]
            enforcer = self._store.enforcer(policy_id)
            if enforcer and enforcer.may_some(call.subject, "thing", (), READ):
                policy = self._store.document(POLICY, policy_id)
                views.append(shown(entity, fields, enforcer, call.subject, policy))
        return with_value(200, views)

    def _readable(self, entity: Entity, subject: str) -> bool:
        enforcer = self._store.enforcer((entity.document or {})["policyId"])
        return enforcer is not None and enforcer.may_some(subject, "thing", (), READ)

    # Writing

    def _post(self, call: Call) -> Answer:
        call.check_json()
        body = parse_object(call.body)
        if "thingId" in body:
            raise DittoError(
                400,
                "things:id.notsettable",
                "It is not allowed to provide a Thing ID in the request body for method POST."
                " The method POST will generate the Thing ID by itself.",
                "To provide your own Thing ID use a PUT request instead.",
                by_gateway=True,
            )
        thing_id = f"{call.query.get('namespace', 'org.eclipse.ditto')}:{uuid.uuid4()}"
        check_thing(thing_id)
        return self._create(call, thing_id, thing_model.thing(body, thing_id), body)

    def _put(self, call: Call, thing_id: str, path: Path) -> Answer:
        call.check_json()
        if path:
            return self._put_part(call, thing_id, path, thing_model.part(path, parse(call.body)))
        body = parse_object(call.body)
        document = thing_model.thing(body, thing_id)
        entity = self._store.find(THING, thing_id)
        if entity is None:
            return self._create(call, thing_id, document, body)
        enforcer = self._writable(call, entity, ())
        preconditions.check(call, "things", entity.tag)
        self._check_condition(call, entity, enforcer)
        old = entity.document or {}
        # A whole thing is compared by its text: another order of its keys is another thing.
        if preconditions.wants_skip(call) and dumps(document) == dumps(old):
            raise preconditions.equal("things")
        document = {"thingId": thing_id, "policyId": document.get("policyId", old["policyId"])} | document
        return self._changed(entity, document)

    def _put_part(self, call: Call, thing_id: str, path: Path, value: Any) -> Answer:
        entity, _, old = self._part_to_change(call, thing_id, path)
        feature = path[:2] if path[0] == "features" else ()
        if paths.at(entity.document, feature) is ABSENT and path != feature:
            raise thing_errors.not_found(thing_id, feature)
        equal = dumps(value) == dumps(old) if path in BY_TEXT and old is not ABSENT else same(value, old)
        if preconditions.wants_skip(call) and equal:
            raise preconditions.equal("things")
        self._changed(entity, paths.with_value(entity.document or {}, path, value))
        tag = preconditions.hash_tag(value)
        if old is ABSENT:
            answer = with_value(201, value, tag, entity.revision)
            answer.headers = {**answer.headers, "Location": _location(call, *path, thing_id=thing_id)}
            return answer
        return without_value(tag, entity.revision)

    def _patch(self, call: Call, thing_id: str, path: Path) -> Answer:
        call.check_merge_patch()
        patch = parse(call.body)
        thing_model.check_patch(path, patch, thing_id)
        entity = self._store.find(THING, thing_id)
        whole = placed(path, patch)
        if entity is None and path:
            raise thing_not_found(thing_id)
        if entity is None:
            body = without_nulls(patch)
            return self._create(call, thing_id, thing_model.thing(body, thing_id), body)
        enforcer = self._opened(thing_id, reading=False)[1]
        if not _may_patch(enforcer, call.subject, path, patch):
            raise thing_errors.not_modifiable(thing_id, ())
        old = entity.document or {}
        before = paths.at(old, path)
        preconditions.check(call, "things", entity.tag if not path else _hash(before))
        self._check_condition(call, entity, enforcer)
        body = merged(old, whole)
        if preconditions.wants_skip(call) and same(body, old):
            raise preconditions.equal("things")
        document = thing_model.thing(body, thing_id)
        if "definition" in whole:
            thing_model.check_model(document)
        answer = self._changed(entity, document, hidden=len(hidden_fields(entity)))
        if path in ((), ("definition",), ("policyId",)):
            return answer
        return without_value(_hash(paths.at(entity.document or {}, path)), entity.revision)

    def _delete(self, call: Call, thing_id: str, path: Path) -> Answer:
        if not path:
            entity = self._store.find(THING, thing_id)
            if entity is None:
                raise thing_not_found(thing_id)
            enforcer = self._opened(thing_id, reading=False)[1]
            if not enforcer.may_all(call.subject, "thing", (), WRITE):
                raise thing_errors.not_modifiable(thing_id, (), deleting=True)
            preconditions.check(call, "things", entity.tag)
            self._check_condition(call, entity, enforcer)
            self._store.delete(THING, entity)
            return without_value(None, entity.revision)
        entity, _, old = self._part_to_change(call, thing_id, path)
        if old is ABSENT:
            raise thing_errors.not_found(thing_id, _first_missing(entity.document or {}, path))
        self._store.put(THING, thing_id, paths.without(entity.document or {}, path))
        return without_value(None, entity.revision)

    def _part_to_change(self, call: Call, thing_id: str, path: Path) -> tuple[Entity, Enforcer, Any]:
        """Return the thing, its enforcer and what is at ``path``, if the caller may change that."""
        entity = self._store.find(THING, thing_id)
        if entity is None:
            raise thing_not_found(thing_id)
        enforcer = self._writable(call, entity, path)
        old = paths.at(entity.document or {}, path)
        if old is not ABSENT or call.method != "DELETE":
            preconditions.check(call, "things", _hash(old))
        self._check_condition(call, entity, enforcer)
        return entity, enforcer, old

    def _create(self, call: Call, thing_id: str, document: Document, body: Document) -> Answer:
        own_policy = "policyId" not in document or any(body.get(key) for key in BRINGS_POLICY)
        if not own_policy:
            enforcer = self._store.enforcer(document["policyId"])
            if enforcer is None or not enforcer.may_some(call.subject, "policy", (), READ):
                raise policy_not_found(document["policyId"])
            if not enforcer.may_all(call.subject, "thing", (), WRITE):
                raise thing_errors.not_modifiable(thing_id, ())
        preconditions.check(call, "things", None)
        thing_model.check_model(document)
        wanted = document.get("policyId") or (body.get("_policy") or {}).get("policyId") or thing_id
        document = {"thingId": thing_id, "policyId": wanted} | document
        text = dumps(document)
        thing_model.check_size(len(text))
        thing_model.check_frame(text)
        if own_policy:
            self._policies.create_for_thing(call, thing_id, document["policyId"], body)
        entity = self._store.put(THING, thing_id, document, text=text)
        answer = with_text(201, text, entity.tag, entity.revision)
        answer.headers = {**answer.headers, "Location": _location(call, thing_id=thing_id)}
        return answer

    def _changed(self, entity: Entity, document: Document, hidden: int = 0) -> Answer:
        """Store the changed thing, unless it and ``hidden`` further characters are too many."""
        text = dumps(document)
        thing_model.check_size(len(text) + hidden)
        thing_model.check_frame(text)
        self._store.put(THING, entity.id, document, text=text)
        return without_value(entity.tag, entity.revision)

    # Who may

    def _opened(self, thing_id: str, *, reading: bool) -> tuple[Entity, Enforcer]:
        """Return a thing that exists and whose policy exists, with its enforcer."""
        entity = self._store.find(THING, thing_id)
        if entity is None:
            raise thing_not_found(thing_id)
        policy_id = (entity.document or {})["policyId"]
        enforcer = self._store.enforcer(policy_id)
        if enforcer is None:
            raise thing_errors.policy_is_gone(thing_id, policy_id, reading=reading)
        return entity, enforcer

    def _writable(self, call: Call, entity: Entity, path: Path) -> Enforcer:
        enforcer = self._opened(entity.id, reading=False)[1]
        if not enforcer.may_all(call.subject, "thing", path, WRITE):
            raise thing_errors.not_modifiable(entity.id, path)
        return enforcer

    def _check_condition(self, call: Call, entity: Entity, enforcer: Enforcer) -> None:
        condition = call.option("condition")
        if condition is not None:
            rql.check_condition(condition, entity, enforcer, call.subject)


def _is_part(path: list[str]) -> bool:
    """Say whether Ditto has a route to this part of a thing."""
    if "" in path:
        if path[0] == "attributes" or path[2:3] in (["properties"], ["desiredProperties"]):
            raise _consecutive_slashes(path[1 if path[0] == "attributes" else 3 :])
        return False
    match path:
        case [] | ["policyId"] | ["definition"] | ["attributes", *_] | ["features"] | ["features", _]:
            return True
        case ["features", _, "definition"] | ["features", _, "properties" | "desiredProperties", *_]:
            return True
    return False


def _hash(value: Any) -> str | None:
    return None if value is ABSENT else preconditions.hash_tag(value)


def _first_missing(document: Document, path: Path) -> Path:
    """Return what Ditto says is missing: the attributes as a whole, the feature, or the part itself."""
    for parent in (path[:1], path[:2]):
        known = parent == ("attributes",) or (len(parent) == 2 and parent[0] == "features")
        if known and paths.at(document, parent) is ABSENT:
            return parent
    return path


def _may_patch(enforcer: Enforcer, subject: str, path: Path, patch: Any) -> bool:
    """Say whether the subject may write all that a patch touches."""
    if enforcer.may_all(subject, "thing", path, WRITE):
        return True
    some = enforcer.may_some(subject, "thing", path, WRITE)
    return some and all(enforcer.may(subject, "thing", leaf, WRITE) for leaf in leaves(path, patch))


def _consecutive_slashes(path: list[str]) -> DittoError:
    return DittoError(
        400,
        "json.pointer.invalid",
        f"The JSON pointer </{'/'.join(path)}> is invalid!",
        "Consecutive slashes in JSON pointers are not supported.",
        by_gateway=True,
    )


def _location(call: Call, *path: str, thing_id: str) -> str:
    return call.location("things", thing_id, *path)
