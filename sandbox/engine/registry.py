"""The providers of a run: what each manages, how it is configured, what follows when that changes."""

import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import yaml

from sandbox.engine.dynamic import PACKAGE, Dynamic
from sandbox.engine.kubernetes.api import kubeconfig_document
from sandbox.engine.kubernetes.provider import Kubernetes
from sandbox.engine.provider import Checked, Difference, Provider, ProviderError
from sandbox.engine.urn import package_of, referenced, type_of
from sandbox.engine.values import Properties, has_unknown, plain

KUBERNETES = "kubernetes"
_INTERNAL = "__internal"

# Settings of the Kubernetes provider that would change what it does in ways that are not built in here.
_UNSUPPORTED = {
    "renderYamlToDirectory": "rendering manifests into a directory",
    "upsertExistingObjects": "creating over existing objects",
    "alwaysRender": "rendering manifests into a directory",
}


class Registry:
    """The providers, by the reference that resources hold. Any thread may ask."""

    def __init__(
        self,
        interpreter: Path,
        folder: Path,
        environment: Mapping[str, str],
        config: Mapping[str, str],
        say: Callable[[str], None],
    ) -> None:
        self.dynamic = Dynamic(interpreter, folder, environment, config, say)
        self._config = config
        self._environment = environment
        self._lock = threading.Lock()
        self._providers: dict[str, Provider] = {}

    def expect(self, types: Iterable[str]) -> None:
        """Begin now what resources of these types need: it takes as long as the program does to start."""
        if any(package_of(token) == PACKAGE for token in types):
            threading.Thread(target=self._begin, daemon=True).start()

    def _begin(self) -> None:
        with suppress(ProviderError):  # whoever asks for it first is told
            self.dynamic.begin()

    def close(self) -> None:
        """End what was started for them."""
        self.dynamic.close()

    def default(self, token: str, version: str) -> tuple[str, Properties]:
        """The name and the inputs of the provider that resources of this type get when they name none."""
        package = package_of(token)
        if package == PACKAGE:
            inputs: Properties = dict(self._config)
        else:
            prefix = f"{package}:"
            inputs = {
                key.removeprefix(prefix): value
                for key, value in self._config.items()
                if key.startswith(prefix)
            }
        if not version:
            return "default", inputs
        return f"default_{version.replace('.', '_')}", versioned(inputs, version)

    def check(self, token: str, new: Properties) -> Checked:
        """Judge a provider's settings. Raises `ProviderError` for a package that nothing here manages."""
        package = package_of(token)
        if package == PACKAGE:
            return Checked(new)
        if package != KUBERNETES:
            raise ProviderError(
                f"resources of the package {package} need the Pulumi CLI: put `pulumi` on PATH. The built-in"
                " engine manages Kubernetes' resources and dynamic ones"
            )
        failures = [
            (key, f"{what} is not supported by the built-in engine; put `pulumi` on PATH")
            for key, what in _UNSUPPORTED.items()
            if new.get(key) not in (None, "", "false", False)
        ]
        if str(new.get("enableServerSideApply", "true")) == "false":
            failures.append(("enableServerSideApply", "the built-in engine knows no other way"))
        return Checked(new, failures)

    def diff(self, token: str, old: Properties, new: Properties) -> Difference:
        """Whether a provider's settings differ, and whether it is another cluster now that they lead to."""
        old, new = public(old), public(new)
        if package_of(token) != KUBERNETES:
            return Difference(None)
        changed = [key for key in old.keys() | new.keys() if old.get(key) != new.get(key)]
        unknown = [key for key in ("kubeconfig", "context", "cluster") if has_unknown(new.get(key))]
        if unknown:
            replaces = unknown[:1]
        else:
            replaces = [key for key in ("kubeconfig", "context", "cluster") if key in changed]
            replaces = replaces if replaces and _cluster(old) != _cluster(new) else []
        if "clusterIdentifier" in changed and old.get("clusterIdentifier") and new.get("clusterIdentifier"):
            replaces.append("clusterIdentifier")
        elif new.get("clusterIdentifier") and "clusterIdentifier" not in changed:
            replaces = []
        return Difference(bool(changed), sorted(replaces), paths=sorted(changed))

    def identity(self) -> str:
        """The id of a new provider resource."""
        return str(uuid.uuid4())

    def register(self, reference: str, inputs: Properties) -> None:
        """Make the provider available to resources. Raises `ProviderError`."""
        token = type_of(referenced(reference)[0])
        if package_of(token) == PACKAGE:
            provider: Provider = self.dynamic
        else:
            self.check(token, inputs)
            settings = {"kubeconfig": self._environment.get("KUBECONFIG", "")} | public(inputs)
            provider = Kubernetes(settings)
        with self._lock:
            self._providers[reference] = provider

    def get(self, reference: str) -> Provider:
        """The provider that a resource refers to. Raises `ProviderError`."""
        with self._lock:
            found = self._providers.get(reference)
        if found is None:
            raise ProviderError(f"the provider {reference} is not there")
        return found


def versioned(inputs: Properties, version: str) -> Properties:
    """The inputs of a provider whose version is known, as Pulumi's engine writes them."""
    return {_INTERNAL: {}, **inputs, "version": version}


def public(inputs: Properties) -> Properties:
    """The inputs without what is the engine's own."""
    return {key: value for key, value in inputs.items() if key != _INTERNAL}


def _cluster(settings: Properties) -> object:
    """Which cluster the settings lead to, as far as a kubeconfig tells; None when that cannot be told."""
    clear = plain(settings)
    try:
        document = kubeconfig_document(clear.get("kubeconfig") or "") or {}
        contexts = {each["name"]: each["context"] for each in document.get("contexts") or []}
        clusters = {each["name"]: each["cluster"] for each in document.get("clusters") or []}
        context = contexts[clear.get("context") or document.get("current-context")]
        return clusters.get(clear.get("cluster") or context["cluster"])
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError):
        return None
