"""The project's dynamic providers, served in a process of their own by Pulumi's own server."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.engine.process import Child, script
from sandbox.engine.provider import Checked, Difference, Found, ProviderError, Resource, Saved
from sandbox.engine.values import Properties, from_wire, keep_secret, to_wire

PACKAGE = "pulumi-python"


class Dynamic:
    """All dynamic resources of a stack. The process starts with the first request."""

    at_once = 4  # as many as Pulumi's server works on

    def __init__(
        self,
        interpreter: Path,
        folder: Path,
        environment: Mapping[str, str],
        config: Mapping[str, Any],
        say: Callable[[str], None],
    ) -> None:
        self._start: Callable[[], Child] = lambda: Child(
            script(interpreter, "providers"), folder, environment, say, first_line=True
        )
        self._config = config
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._server: Any = None

    def begin(self) -> None:
        """Start the process, unless it runs."""
        with self._lock:
            if self._server is None:
                self._child = self._start()
                if not self._child.first_line.isdigit():
                    self._child.stop()
                    raise ProviderError("the process of the project's dynamic providers did not start")
                address = f"127.0.0.1:{self._child.first_line}"
                channel = grpc.insecure_channel(address, options=_GRPC_CHANNEL_OPTIONS)
                self._server = provider_pb2_grpc.ResourceProviderStub(channel)
                self._server.Configure(
                    provider_pb2.ConfigureRequest(args=to_wire(self._config)), wait_for_ready=True
                )

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._child is not None:
                self._child.stop()

    def _ask(self, method: str, request: Any) -> Any:
        self.begin()
        try:
            return getattr(self._server, method)(request)
        except grpc.RpcError as error:
            raise ProviderError(str(error.details()).strip()) from None

    def check(self, resource: Resource, old: Properties | None, new: Properties) -> Checked:
        """Let the provider complete and judge the inputs."""
        request = provider_pb2.CheckRequest(urn=resource.urn, olds=_clear(old or {}), news=_clear(new))
        answer = self._ask("Check", request)
        failures = [(each.property, each.reason) for each in answer.failures]
        return Checked(keep_secret(from_wire(answer.inputs), new), failures)

    def diff(self, resource: Resource, new: Properties, ignored: Sequence[str]) -> Difference:
        """Let the provider compare; it gets the outputs of last time and the new inputs."""
        request = provider_pb2.DiffRequest(
            id=resource.id,
            urn=resource.urn,
            old_inputs=_clear(resource.inputs),
            olds=_clear(resource.outputs),
            news=_clear(new),
            ignoreChanges=ignored,
        )
        answer = self._ask("Diff", request)
        unknown = answer.changes == provider_pb2.DiffResponse.DIFF_UNKNOWN
        return Difference(
            changes=None if unknown else answer.changes == provider_pb2.DiffResponse.DIFF_SOME,
            replaces=list(answer.replaces),
            delete_first=answer.deleteBeforeReplace,
        )

    def planned(self, _resource: Resource, new: Properties) -> Properties:
        """The inputs: more is not known of a provider that nobody may ask yet."""
        return new

    def create(self, resource: Resource, new: Properties, _saved: Saved) -> tuple[str, Properties]:
        """Let the provider create; one that was cut off in the middle has to recognise its own work."""
        request = provider_pb2.CreateRequest(urn=resource.urn, properties=_clear(new))
        answer = self._ask("Create", request)
        if not answer.id:
            raise ProviderError("the provider's create returned no id")
        return answer.id, keep_secret(from_wire(answer.properties), new)

    def update(self, resource: Resource, new: Properties, ignored: Sequence[str]) -> Properties:
        """Let the provider update."""
        request = provider_pb2.UpdateRequest(
            id=resource.id,
            urn=resource.urn,
            old_inputs=_clear(resource.inputs),
            olds=_clear(resource.outputs),
            news=_clear(new),
            ignoreChanges=ignored,
        )
        return keep_secret(from_wire(self._ask("Update", request).properties), new)

    def read(self, resource: Resource) -> Found:
        """Let the provider look."""
        request = provider_pb2.ReadRequest(
            id=resource.id,
            urn=resource.urn,
            properties=_clear(resource.outputs),
            inputs=_clear(resource.inputs),
        )
        answer = self._ask("Read", request)
        if not answer.id:
            return Found(None)
        told = keep_secret(from_wire(answer.inputs), resource.inputs) if answer.HasField("inputs") else None
        return Found(answer.id, keep_secret(from_wire(answer.properties), resource.outputs), told)

    def delete(self, resource: Resource) -> None:
        """Let the provider delete."""
        request = provider_pb2.DeleteRequest(
            id=resource.id, urn=resource.urn, properties=_clear(resource.outputs)
        )
        self._ask("Delete", request)


def _clear(properties: Properties) -> Any:
    return to_wire(properties, secrets=False, references=False)
