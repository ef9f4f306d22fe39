"""Kubeconfigs of all kinds lead to the cluster, and a way that breaks in the middle of an apply is found again."""

import asyncio
import base64
import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kubernetes import client
from kubernetes.config import incluster_config

from components.settings import load
from provider.cluster import Cluster
from provider.errors import Unreachable
from provider.forward import _reason
from provider.reach import Reach
from provider.thing import TwinProvider
from sandbox.kubernetes import cluster as sandbox
from tests.provider.conftest import LOGINS, Ditto
from tests.provider.documents import OWNER, policy, thing, twin
from tests.provider.test_forward import NAMESPACE, core, eventually, prepare, ready


@pytest.fixture(scope="module")
def kubernetes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Cluster]:
    directory = tmp_path_factory.mktemp("cluster")
    started = sandbox.start(directory)
    api = core(started)
    prepare(api)
    containers = [{"name": "main", "image": "example/nothing:1.0"}]
    metadata = {"name": "one", "labels": {"app": "ditto"}}
    api.create_namespaced_pod(NAMESPACE, {"metadata": metadata, "spec": {"containers": containers}})
    eventually(lambda: "one" in ready(api))
    yield started
    sandbox.stop(directory)


@pytest.fixture(scope="module")
def token(kubernetes: sandbox.Cluster) -> str:
    """A token that may do what the provider's documentation says it needs, and nothing else."""
    api = core(kubernetes)
    rights: Any = client.RbacAuthorizationV1Api(api.api_client)
    rules = [
        {"apiGroups": [""], "resources": ["secrets", "services"], "verbs": ["get"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list"]},
        {"apiGroups": [""], "resources": ["pods/portforward"], "verbs": ["create", "get"]},
    ]
    rights.create_namespaced_role(NAMESPACE, {"metadata": {"name": "deployer"}, "rules": rules})
    binding = {
        "metadata": {"name": "deployer"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": NAMESPACE}],
    }
    rights.create_namespaced_role_binding(NAMESPACE, binding)
    made = api.create_namespaced_service_account_token("default", NAMESPACE, {"spec": {}})
    return str(made.status.token)


def kubeconfig(kubernetes: sandbox.Cluster, user: dict[str, Any], server: str = "") -> str:
    """The cluster's own kubeconfig with another user in it, and perhaps another address."""
    document = yaml.safe_load(kubernetes.kubeconfig.read_text())
    document["users"][0]["user"] = user or document["users"][0]["user"]
    if server:
        document["clusters"][0]["cluster"]["server"] = server
    return yaml.safe_dump(document)


def reach(text: str) -> Reach:
    settings = load(
        {
            "opentwins:kubernetes": json.dumps({"kubeconfig": text}),
            "opentwins:twins": '{"deadline": 20}',
        },
        "test",
    )
    return Reach(settings, say=lambda line: None)


def works(text: str, kubernetes: sandbox.Cluster, ditto: Ditto) -> None:
    """Through it, a Secret is read and Ditto is reached by a port-forward."""
    kubernetes.route(NAMESPACE, {80: ditto.url.removeprefix("http://")})
    way = reach(text)
    assert way.secret("ditto-api") == LOGINS
    assert way.ditto.thing("my:nothing") is None


def test_a_token_with_the_least_rights(kubernetes: sandbox.Cluster, token: str, ditto: Ditto) -> None:
    works(kubeconfig(kubernetes, {"token": token}), kubernetes, ditto)


def test_who_may_not_list_storage_classes_is_not_asked_about_them(
    kubernetes: sandbox.Cluster, token: str
) -> None:
    assert reach(kubeconfig(kubernetes, {"token": token})).storage_classes() is None
    assert reach(kubeconfig(kubernetes, {})).storage_classes() == {"standard": True}


def test_an_exec_plugin(kubernetes: sandbox.Cluster, token: str, ditto: Ditto, tmp_path: Path) -> None:
    plugin = tmp_path / "login"
    credential = f"""{{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
      "status": {{"token": "{token}"}}}}"""
    plugin.write_text(f"#!/bin/sh\necho asked >>{tmp_path}/log\ncat <<'END'\n{credential}\nEND\n")
    plugin.chmod(0o755)
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": str(plugin),
            "args": ["get-token"],
            "interactiveMode": "Never",
        }
    }
    works(kubeconfig(kubernetes, user), kubernetes, ditto)
    assert (tmp_path / "log").read_text().startswith("asked")


def test_an_exec_plugin_that_fails_is_one_clear_error(kubernetes: sandbox.Cluster, tmp_path: Path) -> None:
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": str(tmp_path / "not-there"),
            "interactiveMode": "Never",
        }
    }
    with pytest.raises(Unreachable):
        reach(kubeconfig(kubernetes, user)).secret("ditto-api")


def test_in_the_cluster_the_pods_own_account(
    kubernetes: sandbox.Cluster, token: str, ditto: Ditto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = yaml.safe_load(kubernetes.kubeconfig.read_text())["clusters"][0]["cluster"]
    host, _, port = cluster["server"].removeprefix("https://").partition(":")
    authority = cluster.get("certificate-authority-data")
    text = (
        base64.b64decode(authority).decode()
        if authority
        else Path(cluster["certificate-authority"]).read_text()
    )
    (tmp_path / "token").write_text(token)
    (tmp_path / "ca.crt").write_text(text)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setattr("kubernetes.config.load_incluster_config", _loading(tmp_path))
    kubernetes.route(NAMESPACE, {80: ditto.url.removeprefix("http://")})
    way = Reach(load({"opentwins:twins": '{"deadline": 20}'}, "test"), Cluster(), say=lambda line: None)

    assert way.secret("ditto-api") == LOGINS
    assert way.ditto.thing("my:nothing") is None


def _loading(folder: Path) -> Callable[..., None]:
    def load_incluster_config(client_configuration: Any = None, try_refresh_token: bool = True) -> None:
        incluster_config.InClusterConfigLoader(
            token_filename=str(folder / "token"),
            cert_filename=str(folder / "ca.crt"),
            try_refresh_token=try_refresh_token,
        ).load_and_set(client_configuration)

    return load_incluster_config


class Line:
    """A line to the API server that can be cut: every connection on it ends at once, and new ones are made."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> int:
        """End all connections; give back how many there were."""
        ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        return len(ends) // 2

    def close(self) -> None:
        self._listener.close()
        self.cut()


def test_an_apply_goes_on_when_its_port_forwards_break(kubernetes: sandbox.Cluster, ditto: Ditto) -> None:
    kubernetes.route(NAMESPACE, {80: ditto.url.removeprefix("http://")})
    server = yaml.safe_load(kubernetes.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    host, _, port = server.removeprefix("https://").partition(":")
    line = Line(host, int(port))
    twins = TwinProvider()
    twins.reach = reach(kubeconfig(kubernetes, {}, line.address))
    twins.reach.ditto.create_policy("my:policy", policy("my:policy", OWNER))
    names = [f"my:thing{number}" for number in range(60)]
    cut = []

    def make(name: str) -> str:
        if name in names[10::20]:
            cut.append(line.cut())
        return str(twins.create(twin((name, thing(name)))).id)

    try:
        with ThreadPoolExecutor(6) as threads:
            assert list(threads.map(make, names)) == names
        assert len(cut) == 3
        assert all(cut)
        assert all(twins.reach.ditto.thing(name) for name in names)
    finally:
        line.close()


class Guard:
    """A front of the API server that lets in who shows a certificate, and knows them by it."""

    def __init__(self, host: str, port: int, folder: Path, token: str) -> None:
        self._target = (host, port)
        self._known = b" HTTP/1.1\r\nAuthorization: Bearer " + token.encode() + b"\r\n"
        self._server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.crt"))
        self._server.load_cert_chain(folder / "server.crt", folder / "server.key")
        self._server.verify_mode = ssl.CERT_REQUIRED
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        listening = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._server)
        started = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        self.address = f"https://127.0.0.1:{started.sockets[0].getsockname()[1]}"
        self.served = 0

    async def _serve(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        self.served += 1
        trusting = ssl._create_unverified_context()
        far, to_far = await asyncio.open_connection(*self._target, ssl=trusting)

        async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter, known: bytes) -> None:
            with contextlib.suppress(OSError):
                while data := await source.read(65536):
                    target.write(data.replace(b" HTTP/1.1\r\n", known))
                    await target.drain()
            target.close()

        await asyncio.gather(carry(near, to_far, self._known), carry(far, to_near, b" HTTP/1.1\r\n"))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)


def certificates(folder: Path) -> None:
    """An authority, and the certificates `server` and `user` that it has signed."""
    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
    authority = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)

    def signed(subject: x509.Name, key: Any, is_authority: bool) -> x509.Certificate:
        address = x509.IPAddress(ip_address("127.0.0.1"))
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(names)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .sign(authority, hashes.SHA256())
        )

    (folder / "ca.crt").write_bytes(signed(names, authority, True).public_bytes(serialization.Encoding.PEM))
    for name in ("server", "user"):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = signed(subject, key, False)
        (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (folder / f"{name}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )


@pytest.mark.parametrize("inline", [False, True], ids=["as files", "in the kubeconfig"])
def test_a_client_certificate(
    kubernetes: sandbox.Cluster, token: str, ditto: Ditto, tmp_path: Path, inline: bool
) -> None:
    certificates(tmp_path)
    server = yaml.safe_load(kubernetes.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    host, _, port = server.removeprefix("https://").partition(":")
    guard = Guard(host, int(port), tmp_path, token)
    files = {"client-certificate": tmp_path / "user.crt", "client-key": tmp_path / "user.key"}
    data = {f"{key}-data": base64.b64encode(path.read_bytes()).decode() for key, path in files.items()}
    user = data if inline else {key: str(path) for key, path in files.items()}
    document = yaml.safe_load(kubeconfig(kubernetes, user, guard.address))
    document["clusters"][0]["cluster"]["certificate-authority"] = str(tmp_path / "ca.crt")
    try:
        works(yaml.safe_dump(document), kubernetes, ditto)
        assert guard.served > 1
        document["users"][0]["user"] = {"token": token}
        with pytest.raises(Unreachable):
            reach(yaml.safe_dump(document)).secret("ditto-api")
    finally:
        guard.close()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError("Connection to remote host was lost."), "Connection to remote host was lost."),
        (
            OSError('Handshake status 404 -+-+- {"a": 1} -+-+- {"message": "pods \\"one\\" not found"}'),
            'pods "one" not found',
        ),
    ],
)
def test_a_failed_port_forward_says_why(error: Exception, words: str) -> None:
    assert _reason(error) == words
