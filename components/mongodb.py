"""MongoDB: where Ditto keeps its things, policies and connections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as k8s

from components.contents import Contents, config_map, secret
from components.credentials import Credentials
from components.model import Model, Name, Resources, Storage, amount, resources
from components.place import Place, labels
from components.pods import Container, Pod
from components.probes import Probes, command, tcp
from components.volumes import TMP, data, folder, scratch, temporary
from components.workloads import claim, service, stateful_set

if TYPE_CHECKING:
    from components.settings import Settings

PORT = 27017
DATABASE = "ditto"
USER = (999, 999)
USERS_SCRIPT = (Path(__file__).parent / "scripts" / "mongodb-users.js").read_text()


class MongoDBSettings(Model):
    """MongoDB's settings."""

    secret: Name | None = None
    """entry of `opentwins:secrets` with the `username` (which is `root`) and `password` of its root user,
    instead of generated ones: for a password that was changed in MongoDB"""
    resources: Resources = resources("200m", "512Mi", "2", "1Gi")
    """of its container"""
    storage: Storage = Storage(size="8Gi")
    """where the data is"""


class MongoDB(pulumi.ComponentResource):
    """One MongoDB with a user for each service that uses it, who can do no more than it needs.

    `uris` has a Secret with the key `uri` for each of them; `ready` is what there has to be before it is
    used.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        credentials: Credentials,
        place: Place,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("opentwins:MongoDB", name, None, opts)
        place = place.inside(self)
        root = credentials["mongodb-root"].contents
        front = service(place, "mongodb", {"mongodb": PORT}, headless=True)
        volume = claim(place, "mongodb", settings.mongodb.storage)
        members = stateful_set(place, _pod(settings, root), after=[front, volume])
        host = f"mongodb-0.mongodb.{place.namespace}.svc:{PORT}"
        users = _users_job(place, settings, credentials, host, after=members)
        self.uris = {user: _uri(place, credentials, user, host) for user in ("ditto", "extended-api")}
        self.ready: list[pulumi.Resource] = [*members, users]
        self.register_outputs({})


def _pod(settings: Settings, root: Contents) -> Pod:
    # MongoDB's own measure leaves it 256 MB at least, which is too much for a small container.
    cache = float(amount(settings.mongodb.resources.limits.memory)) / 2**30 * 0.4
    ping = ["mongosh", "--quiet", "--norc", "--eval", "quit(db.runCommand({ ping: 1 }).ok ? 0 : 1)"]
    server = Container(
        "mongodb",
        settings.images.mongodb,
        settings.mongodb.resources,
        args=["mongod", "--auth", "--bind_ip_all", "--wiredTigerCacheSizeGB", f"{cache:.2f}"],
        env={
            "MONGO_INITDB_ROOT_USERNAME": "root",
            "MONGO_INITDB_ROOT_PASSWORD_FILE": "/secrets/root/password",
        },
        ports={"mongodb": PORT},
        mounts=[
            data("/data/db", "data-mongodb-0"),
            scratch("/data/configdb", "config", "16Mi"),
            temporary(),
            folder("/secrets/root", root, only={"password": "password"}),
        ],
        probes=Probes(
            # At its first start a server that only listens inside the pod sets up root: a connection to the
            # pod says when that is over, mongosh would not. mongosh takes a second or two of processor each
            # time.
            startup=tcp("mongodb", every=5, timeout=3, failures=60),
            readiness=command(ping, every=20, timeout=10, failures=3),
            liveness=tcp("mongodb", every=20, timeout=5, failures=6),
        ),
    )
    return Pod("mongodb", USER, [server], grace=60)


def _uri(place: Place, credentials: Credentials, user: str, host: str) -> Contents:
    """The connection string of a user, which Ditto and the Extended API want in one piece."""
    login = credentials[f"mongodb-{user}"]
    uri = login.password.apply(
        lambda password: f"mongodb://{user}:{password}@{host}/{DATABASE}?authSource=admin"
    )
    return secret(place, f"mongodb-{user}-uri", {"uri": uri}, login.contents.checksum)


def _users_job(
    place: Place,
    settings: Settings,
    credentials: Credentials,
    host: str,
    after: list[pulumi.Resource],
) -> k8s.batch.v1.Job:
    """Makes the users, and gives them their new passwords: another password is another Job."""
    script = config_map(place, "mongodb-users", {"users.js": USERS_SCRIPT})
    secrets = [
        folder(f"/secrets/{user}", credentials[f"mongodb-{user}"].contents, only={"password": "password"})
        for user in ("root", "ditto", "extended-api")
    ]
    shell = Container(
        "mongosh",
        settings.images.mongodb,
        settings.mongodb.resources,
        command=["mongosh", "--quiet", "--norc", "--nodb", "/scripts/users.js"],
        env={"MONGODB": host, "HOME": TMP},
        mounts=[temporary(), folder("/scripts", script), *secrets],
    )
    pod = Pod("mongodb-users", USER, [shell], restart="OnFailure")
    return k8s.batch.v1.Job(
        "mongodb-users",
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name="mongodb-users", namespace=place.namespace, labels=labels("mongodb-users")
        ),
        spec=k8s.batch.v1.JobSpecArgs(backoff_limit=10, template=pod.template(place.scheduling)),
        opts=place.options([*after, *pod.needs], minutes=15),
    )
