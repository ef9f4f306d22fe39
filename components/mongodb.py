"""MongoDB: where Ditto keeps its things, policies and connections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import pulumi

from components.contents import Contents, config_map
from components.credentials import Credentials
from components.model import Model, Name, Resources, Storage, address, amount, resources
from components.mongodb_access import PORT, SET, USER, uris, users_job
from components.place import Place
from components.pods import Container, Field, Pod
from components.probes import Probes, command, tcp
from components.volumes import folder, own_data, scratch, temporary
from components.workloads import claim, service, stateful_set

if TYPE_CHECKING:
    from components.settings import Settings

START_SCRIPT = (Path(__file__).parent / "scripts" / "mongodb-start.sh").read_text()


class ExternalMongoDB(Model):
    """A MongoDB that runs elsewhere, with the users in it."""

    uri: Annotated[
        str,
        address(
            r"mongodb(\+srv)?://[^\s/?#@]+/[^\s/?#]+(\?[^\s#]*)?",
            "an address with a database, such as mongodb+srv://mongodb.example.org/ditto?tls=true",
        ),
    ]
    """its connection string with Ditto's database, without user and password, as pods reach it"""
    secret: Name
    """entry of `opentwins:secrets` with the `username` and `password` of a user that may read and write
    Ditto's database"""
    policies_secret: Name | None = None
    """entry of `opentwins:secrets` with the `username` and `password` of a user that may read the collection
    `policies_journal`, for the Extended API; the one in `secret` when left out"""

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted, as the connection string has it."""
        query = self.uri.partition("?")[2].split("&")
        srv = self.uri.startswith("mongodb+srv:")
        return not {"tls=false", "ssl=false"} & {*query} if srv else bool({"tls=true", "ssl=true"} & {*query})


class MongoDBSettings(Model):
    """MongoDB's settings."""

    external: ExternalMongoDB | None = None
    """a MongoDB that runs elsewhere, used instead; no other setting of `mongodb` has an effect then"""
    members: Literal[1, 3] = 1
    """how many members its replica set has: of three, one may fail (of two, none)"""
    secret: Name | None = None
    """entry of `opentwins:secrets` with the `username` (which is `root`) and `password` of its root user,
    instead of generated ones: for a password that was changed in MongoDB"""
    resources: Resources = resources("200m", "512Mi", "2", "1Gi")
    """of its container"""
    storage: Storage = Storage(size="8Gi")
    """where the data is, of each member"""


# A member that has yet to copy what it missed does not count: an update, or a drain, would take the next one away
# from those that have it all. One that is in no set yet is ready to be taken into one.
READY = "const its = db.hello(); quit(its.isWritablePrimary || its.secondary || its.isreplicaset ? 0 : 1)"


class MongoDB(pulumi.ComponentResource):
    """A replica set with a user for each service that uses it, who can do no more than it needs.

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
        self.ready: list[pulumi.Resource] = []
        storage, number = settings.mongodb.storage, settings.mongodb.members
        volumes = []
        if settings.runs_mongodb or settings.keeps("mongodb"):
            volumes = [claim(place, "mongodb", storage, ordinal) for ordinal in range(number)]
        if settings.runs_mongodb:
            front = service(place, "mongodb", {"mongodb": PORT}, headless=True)
            pod = _pod(place, settings, credentials)
            members = stateful_set(place, pod, [front, *volumes], number, "mongodb", storage)
            self.ready = [*members, users_job(place, settings, credentials, after=members)]
        self.uris = uris(settings, credentials, place)
        self.register_outputs({})


def _pod(place: Place, settings: Settings, credentials: Credentials) -> Pod:
    # MongoDB's own measure leaves it 256 MB at least, which is too much for a small container.
    cache = max(float(amount(settings.mongodb.resources.limits.memory)) / 2**30 * 0.4, 0.25)
    start: Contents = config_map(place, "mongodb", {"start.sh": START_SCRIPT})
    server = Container(
        "mongodb",
        settings.images.mongodb,
        settings.mongodb.resources,
        command=["bash", "-eu", "/etc/opentwins/start.sh"],
        args=[
            "--auth",
            "--replSet",
            SET,
            "--keyFile",
            "/run/mongodb/key",
            "--bind_ip_all",
            "--wiredTigerCacheSizeGB",
            f"{cache:.2f}",
        ],
        env={
            "POD": Field("metadata.name"),
            "MEMBERS_KEY": "/secrets/members/password",
            "MONGO_INITDB_ROOT_USERNAME": "root",
            "MONGO_INITDB_ROOT_PASSWORD_FILE": "/secrets/root/password",
        },
        ports={"mongodb": PORT},
        mounts=[
            own_data("/data/db"),
            scratch("/data/configdb", "config", "16Mi"),
            scratch("/run/mongodb", "key", "1Mi", memory=True),
            temporary(),
            folder("/etc/opentwins", start),
            folder("/secrets/root", credentials["mongodb-root"].contents, only={"password": "password"}),
            folder(
                "/secrets/members", credentials["mongodb-members"].contents, only={"password": "password"}
            ),
        ],
        probes=Probes(
            # At its first start a server that only listens inside the pod sets up root: a connection to the
            # pod says when that is over, mongosh would not. mongosh takes a second or two of processor each
            # time.
            startup=tcp("mongodb", every=5, timeout=3, failures=60),
            readiness=command(
                ["mongosh", "--quiet", "--norc", "--eval", READY], every=20, timeout=10, failures=3
            ),
            liveness=tcp("mongodb", every=20, timeout=5, failures=6),
        ),
    )
    return Pod("mongodb", USER, [server], grace=60)
