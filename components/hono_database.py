"""The MongoDB of Hono's device registry: one of its own, as Hono does not know MongoDB 8.

It also keeps Hono's coming and going apart from Ditto: neither touches the other's data, users or pods.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as k8s

from components import hono_parts as parts
from components.contents import Contents, config_map
from components.credentials import Credentials
from components.model import amount
from components.place import Place, labels
from components.pods import Container, Pod
from components.probes import Probes, command, tcp
from components.volumes import TMP, data, folder, scratch, temporary
from components.workloads import claim, claim_name, service, stateful_set

if TYPE_CHECKING:
    from components.settings import Settings

PORT = 27017
USER = (999, 999)
USERS = f"{parts.DATABASE}-users"
SCRIPT = (Path(__file__).parent / "scripts" / "hono-users.js").read_text()


def database(settings: Settings, credentials: Credentials, place: Place) -> list[pulumi.Resource]:
    """The database with its users; what there has to be before it is used."""
    root = credentials["hono-mongodb-root"].contents
    front = service(place, parts.DATABASE, {"mongodb": PORT})
    volume = claim(place, parts.DATABASE, settings.hono.registry.storage)
    members = stateful_set(place, _pod(settings, root), after=[front, volume])
    host = f"{parts.DATABASE}.{place.namespace}.svc:{PORT}"
    return [*members, _users(settings, credentials, place, host, after=members)]


def _pod(settings: Settings, root: Contents) -> Pod:
    limits = settings.hono.registry.database
    cache = max(float(amount(limits.limits.memory)) / 2**30 * 0.4, 0.25)  # MongoDB takes no less
    ping = ["mongosh", "--quiet", "--norc", "--eval", "quit(db.runCommand({ ping: 1 }).ok ? 0 : 1)"]
    server = Container(
        "mongodb",
        settings.images.hono_mongodb,
        limits,
        args=["mongod", "--auth", "--bind_ip_all", "--wiredTigerCacheSizeGB", f"{cache:.2f}"],
        env={
            "MONGO_INITDB_ROOT_USERNAME": "root",
            "MONGO_INITDB_ROOT_PASSWORD_FILE": "/secrets/root/password",
        },
        ports={"mongodb": PORT},
        mounts=[
            data("/data/db", claim_name(parts.DATABASE)),
            scratch("/data/configdb", "config", "16Mi"),
            temporary(),
            folder("/secrets/root", root, only={"password": "password"}),
        ],
        probes=Probes(
            # A connection to the pod, as at its first start a server listens inside it alone; see mongodb.py.
            startup=tcp("mongodb", every=5, timeout=3, failures=60),
            readiness=command(ping, every=20, timeout=10, failures=3),
            liveness=tcp("mongodb", every=20, timeout=5, failures=6),
        ),
    )
    return Pod(parts.DATABASE, USER, [server], grace=60)


def _users(
    settings: Settings, credentials: Credentials, place: Place, host: str, after: list[pulumi.Resource]
) -> k8s.batch.v1.Job:
    """Makes the users, and gives them their new passwords: another password is another Job."""
    script = config_map(place, USERS, {"users.js": SCRIPT})
    secrets = {"root": "hono-mongodb-root", "database": "hono-mongodb", "api": "hono-registry"}
    shell = Container(
        "mongosh",
        settings.images.hono_mongodb,
        settings.hono.registry.database,
        command=["mongosh", "--quiet", "--norc", "--nodb", "/scripts/users.js"],
        env={"MONGODB": host, "HOME": TMP},
        mounts=[
            temporary(),
            folder("/scripts", script),
            *(
                folder(f"/secrets/{user}", credentials[name].contents, only={"password": "password"})
                for user, name in secrets.items()
            ),
        ],
    )
    pod = Pod(USERS, USER, [shell], restart="OnFailure")
    return k8s.batch.v1.Job(
        USERS,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=USERS, namespace=place.namespace, labels=labels(USERS)),
        spec=k8s.batch.v1.JobSpecArgs(backoff_limit=10, template=pod.template(place.scheduling)),
        opts=place.options([*after, *pod.needs], minutes=15),
    )
