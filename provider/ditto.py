"""Ditto's HTTP API, as far as the provider uses it: things, policies and connections.

See https://eclipse.dev/ditto/httpapi-overview.html and
https://eclipse.dev/ditto/httpapi-concepts.html#conditional-requests. Every write is conditional and safe to
repeat. What Ditto refuses is raised as `Rejected` with Ditto's own words.
"""

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any
from urllib.parse import quote

from provider.errors import ProviderError
from provider.http import RETRIED, Answer, Client
from twins.canonical import dumps
from twins.compare import Update
from twins.document import Document

MERGE_PATCH = "application/merge-patch+json"
UNCHANGED = {"if-equal": "skip"}  # what is so already is not written: no new revision, no event


class Outcome(Enum):
    """How a conditional write ended."""

    DONE = "done"
    MISSING = "there is nothing of that id, or it may not be seen"
    REFUSED = "there is, but the condition does not hold"


def marked(marker: str) -> str:
    """The condition (RQL) that a thing carries the marker."""
    return f"eq(attributes/_managedBy,{_text(marker)})"


def marked_or_unmarked(marker: str) -> str:
    """The condition (RQL) that a thing carries no other marker than this one."""
    return f"or(not(exists(attributes/_managedBy)),{marked(marker)})"


class Ditto:
    """Ditto as one user. Each call raises `Rejected` or `Unreachable`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    # Things

    def thing(self, thing_id: str, fields: str = "") -> Document | None:
        """The thing, or these fields of it; None when there is none, or none that may be read."""
        params = {"fields": fields} if fields else {}
        answer = self._client.request("GET", _path("things", thing_id), params=params)
        return None if answer.status == 404 else self._document(f"thing {thing_id}", answer)

    def things(self, thing_ids: Sequence[str], fields: str) -> list[Document]:
        """These fields of the things, in any order; those that there are not, or may not be read, are left out.

        No id may hold a comma.
        """
        answer = self._client.request(
            "GET", "/api/2/things", params={"ids": ",".join(thing_ids), "fields": fields}
        )
        self._expect(f"things {thing_ids[0]} …", answer, 200)
        found: list[Document] = answer.document
        return found

    def create_thing(self, thing_id: str, document: Document) -> bool:
        """Create a thing; False when one of that id exists already, which is left as it is."""
        return self._put_new(f"thing {thing_id}", _path("things", thing_id), document)

    def update_thing(self, thing_id: str, update: Update, condition: str) -> Outcome:
        """Change just what the update says, if the thing meets the condition (RQL; empty for any)."""
        what = f"thing {thing_id}"
        params = {"condition": condition} if condition else {}
        if update.patch is not None:
            headers = {"If-Match": "*", **UNCHANGED}  # without If-Match a patch would create what is missing
            outcome = self._conditional(
                what, "PATCH", _path("things", thing_id), update.patch, headers, params, MERGE_PATCH
            )
            if outcome is not Outcome.DONE:
                return outcome
        for keys, value in update.puts:
            path = _path("things", thing_id, *keys)
            outcome = self._conditional(what, "PUT", path, value, UNCHANGED, params)
            if outcome is not Outcome.DONE:
                return outcome
        return Outcome.DONE

    def delete_thing(self, thing_id: str, condition: str) -> Outcome:
        """Delete the thing if it meets the condition (RQL)."""
        answer = self._client.request("DELETE", _path("things", thing_id), params={"condition": condition})
        return self._outcome(f"thing {thing_id}", answer)

    def strangers(self, policy_id: str, stack: str) -> list[str]:
        """Some of the things that use the policy and that the stack did not make, as far as the search knows.

        Its index lags by a second or two, and it may be off: then none are known.
        """
        uses, ours = f"eq(policyId,{_text(policy_id)})", f"like(attributes/_managedBy,{_text(stack + '/*')})"
        params = {
            "filter": f"and({uses},not({ours}))",
            "fields": "thingId",
            "option": "size(3)",
            "timeout": "5s",
        }
        answer = self._client.request("GET", "/api/2/search/things", params=params, retried=())
        items = (answer.document or {}).get("items", []) if answer.status == 200 else []
        return [item["thingId"] for item in items]

    # Policies

    def policy(self, policy_id: str) -> tuple[Document, str] | None:
        """The policy and its ETag; None when there is none, or none that may be read."""
        answer = self._client.request("GET", _path("policies", policy_id))
        if answer.status == 404:
            return None
        return self._document(f"policy {policy_id}", answer), answer.headers["ETag"]

    def create_policy(self, policy_id: str, document: Document) -> bool:
        """Create a policy; False when one of that id exists already, which is left as it is."""
        return self._put_new(f"policy {policy_id}", _path("policies", policy_id), document)

    def replace_policy(self, policy_id: str, document: Document, etag: str) -> Outcome:
        """Replace the policy, if it is still the one with that ETag."""
        path = _path("policies", policy_id)
        return self._conditional(f"policy {policy_id}", "PUT", path, document, {"If-Match": etag})

    def delete_policy(self, policy_id: str, etag: str) -> Outcome:
        """Delete the policy, if it is still the one with that ETag."""
        path = _path("policies", policy_id)
        answer = self._client.request("DELETE", path, headers={"If-Match": etag})
        return self._outcome(f"policy {policy_id}", answer)

    # Connections: what Ditto answers to a write may be late or wrong (504 though it is stored), so the
    # caller reads before it writes again.

    def connection(self, connection_id: str) -> Document | None:
        """The connection with its passwords in clear; None when there is none."""
        answer = self._client.request("GET", _path("connections", connection_id))
        return None if answer.status == 404 else self._document(f"connection {connection_id}", answer)

    def put_connection(self, connection_id: str, document: Document, only_new: bool = False) -> Answer:
        """Store the connection, which (re)connects it; the answer is the caller's to judge."""
        headers = {"If-None-Match": "*"} if only_new else {}
        return self._client.request(
            "PUT",
            _path("connections", connection_id),
            body=dumps(document),
            headers=headers,
            retried=RETRIED - {408, 504},
        )

    def connection_status(self, connection_id: str) -> Document:
        """How the connection, its clients, sources and targets are."""
        answer = self._client.request("GET", _path("connections", connection_id, "status"))
        return self._document(f"connection {connection_id}", answer)

    def delete_connection(self, connection_id: str) -> None:
        """Delete the connection, if there is one."""
        answer = self._client.request("DELETE", _path("connections", connection_id))
        self._outcome(f"connection {connection_id}", answer)

    def rejected(self, what: str, answer: Answer) -> ProviderError:
        """The answer as an error about `what`."""
        return self._client.rejected(what, answer)

    def _put_new(self, what: str, path: str, document: Document) -> bool:
        answer = self._client.request("PUT", path, body=dumps(document), headers={"If-None-Match": "*"})
        if answer.status == 412:
            return False
        self._expect(what, answer, 201)
        return True

    def _conditional(
        self,
        what: str,
        method: str,
        path: str,
        value: Any,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        kind: str = "application/json",
    ) -> Outcome:
        answer = self._client.request(
            method, path, body=dumps(value), kind=kind, headers=headers, params=params
        )
        return self._outcome(what, answer)

    def _outcome(self, what: str, answer: Answer) -> Outcome:
        if answer.status == 404:
            return Outcome.MISSING
        if answer.status == 412:
            if "if-equal" in answer.words:
                return Outcome.DONE
            return Outcome.MISSING if "actual entity-tag: 'null'" in answer.words else Outcome.REFUSED
        self._expect(what, answer, 201, 204)
        return Outcome.DONE

    def _document(self, what: str, answer: Answer) -> Document:
        self._expect(what, answer, 200)
        document: Document = answer.document
        return document

    def _expect(self, what: str, answer: Answer, *statuses: int) -> None:
        if answer.status not in statuses:
            raise self.rejected(what, answer)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _path(kind: str, entity: str, *keys: str) -> str:
    """The path of an entity or of something below it; ids and keys may hold anything but a slash."""
    segments: Sequence[str] = (kind, entity, *keys)
    if {".", ".."} & set(segments):
        # The HTTP libraries would take these for steps in the path, and the request would hit something else.
        raise ProviderError(
            f"a key that is just dots cannot be written by itself: {'/'.join(keys)} of {entity}"
        )
    return "/api/2/" + "/".join(quote(segment, safe="") for segment in segments)
