"""The data source and the app's settings in a Grafana that runs elsewhere.

Inside the platform Grafana reads both from files; a foreign one is told over its HTTP API. What is secret in them
is read from the cluster's Secrets when it is written, and is no input of the resource.
"""

import base64
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from provider.base import Provider, document, gone, own
from provider.errors import Foreign, ProviderError
from twins.canonical import dumps
from twins.document import Document

OWNER = "managedBy"  # in the data source's jsonData: Grafana keeps what it does not know there
SHOWN = ("name", "type", "access", "url", "isDefault", "jsonData")  # of what Grafana knows of a data source


class DataSourceProvider(Provider):
    """Makes and changes a data source whose token is in a Secret."""

    identity = "uid"
    compared = ("document", "secret", "fingerprint")

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it; another one of that uid is refused."""
        uid, grafana = props["uid"], self.reach.grafana
        found = grafana.data_source(uid)
        if found is None:
            grafana.create_data_source(self._whole(props))
        elif _owner(found) == _owner(document(props["document"])):
            grafana.update_data_source(uid, self._whole(props))  # a run that was cut off had made it
        else:
            raise Foreign(
                f"data source {uid} exists in Grafana already and is not this stack's. It was not touched."
                " Remove it there, or give this stack a Grafana, or an organization in it, of its own"
            )
        return CreateResult(uid, own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Replace it, token included."""
        if self.reach.grafana.data_source(_id) is None:
            raise ProviderError(f"data source {_id} is not in Grafana; `pulumi refresh` notices it")
        self.reach.grafana.update_data_source(_id, self._whole(_news))
        return UpdateResult(own(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is declared, as it is live."""
        found = self.reach.grafana.data_source(id_)
        declared = document(props["document"])
        if found is None or _owner(found) != _owner(declared):
            return gone()
        live = {key: found.get(key) for key in SHOWN if key in declared}
        inputs = own(props) | ({"document": dumps(live)} if dumps(live) != dumps(declared) else {})
        return ReadResult(id_, dict(inputs), dict(inputs))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove it, if it is still this stack's."""
        found = self.reach.grafana.data_source(_id)
        if found is not None and _owner(found) == _owner(document(_props["document"])):
            self.reach.grafana.delete_data_source(_id)

    def _whole(self, props: dict[str, Any]) -> Document:
        token = self.reach.secret(props["secret"]).get("token", "")
        return document(props["document"]) | {"uid": props["uid"], "secureJsonData": {"token": token}}


def _owner(source: Document) -> Any:
    return (source.get("jsonData") or {}).get(OWNER)


class DataSource(Resource, module="opentwins", name="DataSource"):
    """The data source `uid` in Grafana, with this document, and the `token` in the Secret of that name."""

    def __init__(
        self,
        uid: str,
        document: Document,
        secret: str,
        fingerprint: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"uid": uid, "document": dumps(document), "secret": secret, "fingerprint": fingerprint}
        super().__init__(DataSourceProvider(), uid, inputs, opts)


class AppProvider(Provider):
    """Writes an app's settings, with a login that is in a Secret."""

    compared = ("document", "secret", "fingerprint")

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Write them over whatever was set: an app has one set of settings."""
        self._write(props)
        return CreateResult(props["id"], own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Write them anew."""
        self._write(_news)
        return UpdateResult(own(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is declared, as it is live."""
        found = self.reach.grafana.app(id_)
        if found is None or not found.get("enabled"):
            return gone()
        declared = document(props["document"])
        live = {key: (found.get("jsonData") or {}).get(key) for key in declared}
        inputs = own(props) | ({"document": dumps(live)} if live != declared else {})
        return ReadResult(id_, dict(inputs), dict(inputs))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Switch the app off and take its addresses away; Grafana keeps the login, and shows it to nobody."""
        if self.reach.grafana.app(_id) is not None:
            self.reach.grafana.set_app(_id, {"enabled": False, "pinned": False, "jsonData": {}})

    def _write(self, props: dict[str, Any]) -> None:
        name = props["id"]
        if self.reach.grafana.app(name) is None:
            raise ProviderError(
                f"the app {name} is not installed in Grafana. Install it there (see"
                " opentwins:grafana.plugins for where it is from), or leave opentwins:grafana.external.app out"
            )
        login = self.reach.secret(props["secret"])
        basic = base64.b64encode(f"{login['username']}:{login['password']}".encode()).decode()
        self.reach.grafana.set_app(
            name,
            {
                "enabled": True,
                "pinned": True,
                "jsonData": document(props["document"]) | {"dittoUsername": login["username"]},
                "secureJsonData": {"dittoPassword": login["password"], "dittoBasicAuth": basic},
            },
        )


class App(Resource, module="opentwins", name="App"):
    """The settings of the app `id` in Grafana, with the login in the Secret of that name."""

    def __init__(
        self,
        id_: str,
        document: Document,
        secret: str,
        fingerprint: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"id": id_, "document": dumps(document), "secret": secret, "fingerprint": fingerprint}
        super().__init__(AppProvider(), id_, inputs, opts)
