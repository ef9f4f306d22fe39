"""The provider of Kubernetes resources: from manifests to objects on a cluster, and back."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sandbox.engine.kubernetes import compare, objects, ready, tables
from sandbox.engine.kubernetes.api import APPLY, JSON_PATCH, Api, ApiError
from sandbox.engine.kubernetes.ignoring import as_it_is
from sandbox.engine.kubernetes.normal import normalised
from sandbox.engine.paths import contains, parse, show
from sandbox.engine.provider import (
    Checked,
    Difference,
    Found,
    NotReadyError,
    ProviderError,
    Resource,
    Saved,
)
from sandbox.engine.urn import name_of, type_of
from sandbox.engine.values import UNKNOWN, Properties, plain

PATIENCE = 600.0  # seconds until an object has to be ready, or gone, unless the user says otherwise
SLOW = 5.0  # seconds after which one is told what is waited for
SKEW = timedelta(minutes=5)  # by which a cluster's clock may be behind ours
ATTEMPTS = 5  # creations of an object whose namespace, or kind, is not there yet


class Kubernetes:
    """The objects of one cluster, as a provider resource of the program configures it."""

    at_once = 16

    def __init__(self, settings: Mapping[str, Any]) -> None:
        clear = plain(dict(settings))
        self._api = Api(clear.get("kubeconfig") or "", clear.get("context") or "", clear.get("cluster") or "")
        self._namespace = clear.get("namespace") or ""
        self._mutable = {
            "ConfigMap": str(clear.get("enableConfigMapMutable")) == "true",
            "Secret": str(clear.get("enableSecretMutable")) == "true",
        }
        self._force = str(clear.get("enablePatchForce")) == "true"

    def check(self, resource: Resource, old: Properties | None, new: Properties) -> Checked:
        """Bring the manifest into its normal form, with a name."""
        kind = type_of(resource.urn)
        if kind.endswith("Patch") or kind.startswith(("kubernetes:helm.sh/", "kubernetes:kustomize:")):
            raise ProviderError(f"{kind} is not supported by the built-in engine; put `pulumi` on PATH")
        before = plain(old) if old else None
        manifest = objects.named(normalised(plain(new)), before, name_of(resource.urn))
        if objects.metadata(manifest).get("generateName") and not objects.name(manifest):
            return Checked(new, [("metadata.generateName", "is not supported with server-side apply")])
        if self._namespace and not objects.namespace(manifest) and self._is_namespaced(manifest):
            manifest["metadata"] = objects.metadata(manifest) | {"namespace": self._namespace}
        return Checked(objects.with_secrets(manifest, new))

    def _is_namespaced(self, manifest: Properties) -> bool:
        return tables.is_namespaced(str(manifest.get("apiVersion")), str(manifest.get("kind")))

    def diff(self, resource: Resource, new: Properties, ignored: Sequence[str]) -> Difference:
        """Compare what the last manifest spoke of, as it is on the cluster, with the new manifest."""
        last, live = objects.parted(resource.outputs)
        manifest = normalised(plain(new))
        before = compare.pruned(live, normalised(last))
        for each in (before, manifest):
            self._place(each)
        if objects.name(manifest):
            before["metadata"]["name"] = objects.name(live)
        found = [
            change
            for change in compare.changes(before, manifest)
            if not any(contains(parse(path), change.path) for path in ignored)
        ]
        replaces = compare.replacing(found, self._fixed(manifest))
        same_name = objects.name(manifest) == objects.name(live)
        same_place = objects.namespace(manifest) in (objects.namespace(live), UNKNOWN)
        return Difference(
            changes=bool(found),
            replaces=[show(change.path) for change in replaces],
            delete_first=bool(replaces)
            and same_name
            and same_place
            and not objects.is_marked(manifest, objects.AUTONAMED),
            paths=[show(change.path) for change in found],
        )

    def _place(self, manifest: Properties) -> None:
        """Say where the object is even when the manifest leaves it open."""
        own = dict(objects.metadata(manifest))
        if self._is_namespaced(manifest):
            own["namespace"] = own.get("namespace") or "default"
        else:
            own.pop("namespace", None)
        manifest["metadata"] = own

    def _fixed(self, manifest: Properties) -> Sequence[Any]:
        kind = str(manifest.get("kind"))
        mutable = self._mutable.get(kind, False) and not manifest.get("immutable")
        return tables.replacing(str(manifest.get("apiVersion")), kind, mutable)

    def planned(self, resource: Resource, new: Properties) -> Properties:
        """The manifest; when there is an object already, with all that the server has added to it."""
        if not resource.id:
            return new
        _, live = objects.parted(resource.outputs)
        return objects.with_secrets(objects.predicted(live, plain(new)), new)

    def create(self, resource: Resource, new: Properties, saved: Saved) -> tuple[str, Properties]:
        """Create the object, and wait until it is ready. One that is there already is an error."""
        manifest = plain(new)
        manager, version = objects.field_manager(manifest, {}), str(manifest["apiVersion"])
        live = self._post(resource, manifest)

        def kept(found: Properties) -> Properties:
            return objects.outputs(manifest, found, new, manager, version)

        if ready.is_awaited(manifest):
            saved(objects.identity(live), kept(live))
        live = self._await(resource, manifest, live, kept)
        return objects.identity(live), kept(live)

    def _post(self, resource: Resource, manifest: Properties) -> Properties:
        version, kind = str(manifest["apiVersion"]), str(manifest["kind"])
        attempt = 0
        while True:
            attempt += 1
            try:
                path = self._api.path(version, kind, objects.namespace(manifest))
                return self._api.request("POST", path, manifest, query={"fieldManager": objects.CREATED_BY})
            except ApiError as error:
                if error.reason == "AlreadyExists" and (live := self._own(manifest, resource.tried)):
                    return live
                if error.reason == "AlreadyExists":
                    raise ProviderError(
                        f"{error}. It was not made by this stack; remove it, or give yours another name"
                    ) from None
                if error.status != 404 or attempt == ATTEMPTS:
                    raise
            resource.pause(0.25 * 2**attempt)

    def _own(self, manifest: Properties, since: str) -> Properties | None:
        """The object of that name, if a run of ours that was cut off made it: by us, and since it began."""
        live = self._get(manifest) if since else None
        if live is None:
            return None
        made = objects.metadata(live)
        managers = {entry.get("manager") for entry in made.get("managedFields") or []}
        age = datetime.fromisoformat(made["creationTimestamp"]) - datetime.fromisoformat(since)
        return live if objects.CREATED_BY in managers and age > -SKEW else None

    def _get(self, manifest: Properties) -> Properties | None:
        try:
            return self._api.request("GET", self._path(manifest))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def _path(self, manifest: Properties) -> str:
        return self._api.path(
            str(manifest["apiVersion"]),
            str(manifest["kind"]),
            objects.namespace(manifest),
            objects.name(manifest),
        )

    def update(self, resource: Resource, new: Properties, ignored: Sequence[str]) -> Properties:
        """Apply the manifest on the server's side, and wait until the object is ready."""
        manifest = normalised(plain(new))
        _, last = objects.parted(resource.outputs)
        target = manifest | {"metadata": objects.metadata(manifest) | {"name": objects.name(last)}}
        manager = objects.field_manager(manifest, resource.outputs)
        version = objects.initial_version(resource.outputs, manifest)
        live = self._api.request("GET", self._path(target))
        live = self._take_over(target, live, manager)
        sent = as_it_is(target, live, ignored, manager)
        if manifest.get("kind") == "CustomResourceDefinition":
            revision = {"resourceVersion": objects.metadata(live)["resourceVersion"]}
            sent = sent | {"metadata": objects.metadata(sent) | revision}
            live = self._api.request("PUT", self._path(target), sent, query={"fieldManager": manager})
        else:
            force = self._force or objects.is_marked(manifest, objects.PATCH_FORCE)
            query = {"fieldManager": manager, "force": "true" if force else "false"}
            live = self._api.request("PATCH", self._path(target), sent, APPLY, query)

        def kept(found: Properties) -> Properties:
            return objects.outputs(manifest, found, new, manager, version)

        return kept(self._await(resource, manifest, live, kept))

    def _take_over(self, target: Properties, live: Properties, manager: str) -> Properties:
        entries = objects.managed_by_apply(live, manager)
        if entries is None:
            return live
        patch = [
            {"op": "replace", "path": "/metadata/managedFields", "value": entries},
            {
                "op": "replace",
                "path": "/metadata/resourceVersion",
                "value": objects.metadata(live)["resourceVersion"],
            },
        ]
        return self._api.request("PATCH", self._path(target), patch, JSON_PATCH)

    def read(self, resource: Resource) -> Found:
        """Look at the object; what the manifest speaks of becomes the inputs."""
        _, last = objects.parted(resource.outputs)
        manifest = normalised(plain(resource.inputs))
        live = self._get(last)
        if live is None:
            return Found(None)
        seen = compare.pruned(live, manifest)
        manager = objects.field_manager(manifest, resource.outputs)
        version = objects.initial_version(resource.outputs, manifest)
        kept = objects.outputs(seen, live, resource.inputs, manager, version)
        inputs = objects.with_secrets(seen, resource.inputs)
        problem = "" if objects.is_marked(manifest, objects.SKIP_AWAIT) else self._problem(live)
        if problem:
            raise NotReadyError(f"{_title(live)} is not ready: {problem}", resource.id, kept, inputs)
        return Found(resource.id, kept, inputs)

    def delete(self, resource: Resource) -> None:
        """Delete the object with all that belongs to it, and wait until it is gone."""
        _, last = objects.parted(resource.outputs)
        wanted = objects.annotation(last, objects.PROPAGATION)
        policy = {"orphan": "Orphan", "background": "Background"}.get(wanted.lower(), "Foreground")
        try:
            self._api.request("DELETE", self._path(last), {"propagationPolicy": policy})
        except ApiError as error:
            if error.status == 404:
                return
            raise
        if objects.is_marked(last, objects.SKIP_AWAIT):
            return
        uid = objects.metadata(last).get("uid")
        seconds = self._seconds(resource, last)
        for told in _waiting(resource, seconds):
            live = self._get(last)
            if live is None or objects.metadata(live).get("uid") != uid:
                return
            if told:
                held = ", ".join(objects.metadata(live).get("finalizers") or [])
                resource.status(
                    f"waiting until {_title(live)} is gone" + (f" (finalizers: {held})" if held else "")
                )
        raise ProviderError(f"{_title(last)} is not gone after {seconds:.0f} s")

    def _await(
        self,
        resource: Resource,
        manifest: Properties,
        live: Properties,
        kept: Callable[[Properties], Properties],
    ) -> Properties:
        if objects.is_marked(manifest, objects.SKIP_AWAIT) or not ready.is_awaited(live):
            return live
        if objects.annotation(manifest, objects.WAIT_FOR):
            raise ProviderError(f"{objects.WAIT_FOR} is not supported by the built-in engine")
        seconds = self._seconds(resource, manifest)
        problem = ""
        for told in _waiting(resource, seconds):
            try:
                problem = ready.missing(self._api, live)
            except ready.Hopeless as error:
                problem = str(error)
                break
            if not problem:
                return live
            if told:
                resource.status(f"waiting for {_title(live)}: {problem}")
            found = self._get(live)
            if found is None:
                raise ProviderError(f"{_title(live)} is gone again, before it was ready")
            live = found
        why = ready.reason(self._api, live)
        raise NotReadyError(
            f"{_title(live)} is there, but did not get ready in {seconds:.0f} s: {problem}"
            + (f" ({why})" if why else ""),
            objects.identity(live),
            kept(live),
        )

    def _problem(self, live: Properties) -> str:
        try:
            return ready.missing(self._api, live)
        except ready.Hopeless as error:
            return str(error)

    def _seconds(self, resource: Resource, manifest: Properties) -> float:
        given = objects.annotation(manifest, objects.TIMEOUT)
        return resource.seconds or (float(given) if given.isdigit() else PATIENCE)


def _waiting(resource: Resource, seconds: float) -> Iterator[bool]:
    """Yield again and again for so many seconds; True once in a while, when it is time to say something."""
    begun = time.monotonic()
    pause, said = 0.1, begun
    while time.monotonic() - begun < seconds:
        now = time.monotonic()
        tell = now - said >= SLOW
        said = now if tell else said
        yield tell
        resource.pause(pause)
        pause = min(1.0, pause * 1.3)


def _title(manifest: Properties) -> str:
    return f"{manifest.get('kind')} {objects.identity(manifest)}"
