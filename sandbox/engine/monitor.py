"""The two services that a program speaks to: Pulumi's resource monitor and engine, over this engine."""

# ruff: noqa: N802 - the methods have the names that the services give them

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import grpc  # type: ignore[import-untyped]
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    resource_pb2,
    resource_pb2_grpc,
)

from sandbox.engine.goal import from_request
from sandbox.engine.registration import Registration
from sandbox.engine.run import Run
from sandbox.engine.urn import STACK, type_of
from sandbox.engine.values import Properties, from_wire, to_wire

ORGANIZATION = "organization"  # what the CLI calls it on a backend of files
PARALLEL = 64  # registrations at once; what providers bear is limited elsewhere

_FEATURES = [
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
]
_OLD_NAMES = {"secrets", "resourceReferences", "aliasSpecs", "deletedWith"}
_LOUD = {engine_pb2.WARNING: "warning: ", engine_pb2.INFO: ""}


class Monitor(resource_pb2_grpc.ResourceMonitorServicer, engine_pb2_grpc.EngineServicer):
    """Serves one program for one run."""

    def __init__(self, run: Run, registration: Registration, root: Path, config: Mapping[str, str]) -> None:
        self._run = run
        self._registration = registration
        self._root = root
        self._config = config
        self._root_resource = ""
        self._lock = threading.Lock()
        self.outputs: dict[str, Properties] = {}  # of components, by URN

    # Resource monitor

    def GetDeploymentInfo(self, _request: Any, _context: Any) -> Any:
        """Which stack this is, and what this engine can do."""
        return resource_pb2.DeploymentInfo(
            project=self._run.project,
            stack=self._run.stack,
            organization=ORGANIZATION,
            config=dict(self._config),
            dryRun=self._run.preview,
            parallel=PARALLEL,
            supportedFeatures=_FEATURES,
        )

    def SupportsFeature(self, request: Any, _context: Any) -> Any:
        """The same for one feature, as older packages ask."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _OLD_NAMES)

    def RegisterResource(self, request: Any, context: Any) -> Any:
        """Make a resource be as the program wants it."""
        unsupported = {
            "remote components": request.remote,
            "the option import_": request.importId,
            "parameterized packages": request.packageRef,
        }
        for what, wanted in unsupported.items():
            if wanted:
                _refuse(context, f"{request.type} {request.name}: {what}")
        try:
            goal = from_request(request, self._root)
        except ValueError as error:
            _abort(context, grpc.StatusCode.INVALID_ARGUMENT, f"{request.type} {request.name}: {error}")
        outcome = self._registration.register(goal)
        success = resource_pb2.SUCCESS if not outcome.failed else resource_pb2.FAIL
        return resource_pb2.RegisterResourceResponse(
            urn=outcome.urn, id=outcome.id, object=to_wire(outcome.outputs or {}), result=success
        )

    def RegisterResourceOutputs(self, request: Any, _context: Any) -> Any:
        """Note what a component, or the stack, gives out."""
        outputs = from_wire(request.outputs)
        with self._lock:
            self.outputs[request.urn] = outputs
        state = self._run.book.new(request.urn)
        if state is not None and type_of(request.urn) != STACK and state.outputs != outputs:
            state.outputs = outputs
            self._run.book.note(state)
        return Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        """Answer the one function that Pulumi's own runtime needs: the outputs of a resource by its URN."""
        if request.tok != "pulumi:pulumi:getResource":
            _refuse(context, f"the function {request.tok}")
        urn = from_wire(request.args)["urn"]
        state = self._run.book.new(urn)
        if state is None:
            _abort(context, grpc.StatusCode.NOT_FOUND, f"no resource {urn} has been registered")
        found = {"urn": urn, "id": state.id, "state": state.outputs}
        return provider_pb2.InvokeResponse(**{"return": to_wire(found)})

    def ReadResource(self, request: Any, context: Any) -> Any:
        """Refuse to read what another stack manages."""
        _refuse(context, f"reading {request.type} {request.name} with get()")

    def Call(self, request: Any, context: Any) -> Any:
        """Refuse methods of resources."""
        _refuse(context, f"the method {request.tok}")

    def SignalAndWaitForShutdown(self, _request: Any, _context: Any) -> Any:
        """Let the program end: nothing here calls back into it."""
        return Empty()

    # Engine

    def Log(self, request: Any, _context: Any) -> Any:
        """Pass on what the program says."""
        if request.severity == engine_pb2.ERROR:
            self._run.report.error(request.message.rstrip(), request.urn)
        elif request.severity in _LOUD:
            self._run.report.message(_LOUD[request.severity] + request.message.rstrip())
        return Empty()

    def GetRootResource(self, _request: Any, _context: Any) -> Any:
        """The URN that the program gave as the stack's own."""
        return engine_pb2.GetRootResourceResponse(urn=self._root_resource)

    def SetRootResource(self, request: Any, _context: Any) -> Any:
        """Remember the URN of the stack."""
        self._root_resource = request.urn
        return engine_pb2.SetRootResourceResponse()


def _refuse(context: Any, what: str) -> NoReturn:
    text = f"{what} is not supported by the built-in engine; put `pulumi` on PATH"
    _abort(context, grpc.StatusCode.UNIMPLEMENTED, text)


def _abort(context: Any, code: Any, text: str) -> NoReturn:
    context.abort(code, text)
    raise AssertionError  # abort raises; this is for the type checker


class Served:
    """The services on a port of their own, for as long as the block lasts."""

    def __init__(self, monitor: Monitor) -> None:
        self._threads = ThreadPoolExecutor(max_workers=PARALLEL + 16)
        self._server = grpc.server(self._threads, options=_GRPC_CHANNEL_OPTIONS)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, self._server)
        engine_pb2_grpc.add_EngineServicer_to_server(monitor, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def __enter__(self) -> str:
        self._server.start()
        return self.address

    def __exit__(self, *error: object) -> None:
        self._server.stop(grace=None).wait()
        self._threads.shutdown(wait=True)
