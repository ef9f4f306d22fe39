"""The HTTP API of Hono's device registry, as far as the provider uses it.

See https://eclipse.dev/hono/docs/api/management/. What the registry refuses is raised as `Rejected`, with its
own words.
"""

import json
from typing import Any
from urllib.parse import quote

from provider.http import Answer, Client
from twins.canonical import dumps
from twins.document import Document


class Registry:
    """The device registry. Each call is safe to repeat, and raises `Rejected` or `Unreachable`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, what: str, *ids: str) -> tuple[Document, str] | None:
        """A tenant, or a device, with its version; None when there is none."""
        answer = self._client.request("GET", _path(what, *ids))
        if answer.status == 404:
            return None
        if answer.status != 200 or not isinstance(answer.document, dict):
            raise self._rejected(what, ids, answer)
        return answer.document, answer.headers.get("ETag", "")

    def create(self, what: str, document: Document, *ids: str) -> bool:
        """Make a tenant or a device; False when there is one, which is left as it is."""
        answer = self._client.request("POST", _path(what, *ids), body=dumps(document))
        if answer.status == 409:
            return False
        if answer.status != 201:
            raise self._rejected(what, ids, answer)
        return True

    def replace(self, what: str, document: Document, version: str, *ids: str) -> bool:
        """Put a document in place of another of this version; False when it is not of that version any more."""
        headers = {"If-Match": version} if version else {}
        answer = self._client.request("PUT", _path(what, *ids), body=dumps(document), headers=headers)
        if answer.status == 412:
            return False
        if answer.status != 204:
            raise self._rejected(what, ids, answer)
        return True

    def delete(self, what: str, *ids: str) -> None:
        """Remove a tenant or a device; what is gone already is fine."""
        answer = self._client.request("DELETE", _path(what, *ids))
        if answer.status not in (204, 404):
            raise self._rejected(what, ids, answer)

    def strangers(self, tenant: str) -> int:
        """How many devices the tenant has; they would be left behind without it."""
        answer = self._client.request("GET", _path("devices", tenant), params={"pageSize": "1"})
        if answer.status == 404:
            return 0
        if answer.status != 200 or not isinstance(answer.document, dict):
            raise self._rejected("devices", (tenant,), answer)
        return int(answer.document.get("total", 0))

    def credentials(self, tenant: str, device: str) -> list[Document] | None:
        """The device's credentials; None when there is no such device."""
        answer = self._client.request("GET", _path("credentials", tenant, device))
        if answer.status == 404:
            return None
        if answer.status != 200 or not isinstance(answer.document, list):
            raise self._rejected("credentials", (tenant, device), answer)
        return answer.document

    def put_credentials(self, tenant: str, device: str, credentials: list[Document]) -> None:
        """Put these in place of all of the device's credentials."""
        answer = self._client.request(
            "PUT", _path("credentials", tenant, device), body=json.dumps(credentials, sort_keys=True)
        )
        if answer.status != 204:
            raise self._rejected("credentials", (tenant, device), answer)

    def _rejected(self, what: str, ids: tuple[str, ...], answer: Answer) -> Exception:
        return self._client.rejected(f"{what.removesuffix('s')} {'/'.join(ids)}", answer)


def _path(what: str, *ids: str) -> str:
    return "/".join(["/v1", what, *(quote(each, safe="") for each in ids)])


def declared_part(declared: Any, live: Any) -> Any:
    """The declared value with what is different live, and nothing of what the registry or others have added."""
    if isinstance(declared, dict) and isinstance(live, dict):
        return {key: declared_part(value, live[key]) for key, value in declared.items() if key in live}
    if isinstance(declared, list) and isinstance(live, list) and len(declared) == len(live):
        if all(isinstance(each, str) for each in [*declared, *live]) and sorted(declared) == sorted(live):
            return declared  # groups, authorities: sets
        return [declared_part(*each) for each in zip(declared, live, strict=True)]
    return live
