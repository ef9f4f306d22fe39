"""How MongoDB is reached: the connection strings of those who use it, and the Job that makes their users."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pulumi
import pulumi_kubernetes as k8s

from components.contents import Contents, config_map, secret
from components.credentials import Credentials
from components.endpoints import user_secret
from components.place import Place, labels
from components.pods import Container, Pod
from components.volumes import TMP, folder, temporary

if TYPE_CHECKING:
    from components.settings import Settings

PORT = 27017
DATABASE = "ditto"
SET = "opentwins"  # the replica set's name
USER = (999, 999)
CLIENTS = ("ditto", "extended-api")
_SCRIPTS = Path(__file__).parent / "scripts"
USERS_SCRIPT = (_SCRIPTS / "mongodb-users.js").read_text()
MEMBERS_SCRIPT = (_SCRIPTS / "mongodb-members.js").read_text()


def hosts(settings: Settings) -> list[str]:
    """Every member of the set, by the name that the headless Service gives it."""
    domain = f"mongodb.{settings.namespace}.svc:{PORT}"
    return [f"mongodb-{ordinal}.{domain}" for ordinal in range(settings.mongodb.members)]


def uris(settings: Settings, credentials: Credentials, place: Place) -> dict[str, Contents]:
    """A Secret with the key `uri` for each client: Ditto and the Extended API want the string in one piece."""
    found = {}
    for client in CLIENTS:
        external = settings.mongodb.external
        if external:
            entry = (external.policies_secret or external.secret) if client != "ditto" else external.secret
            login, address = credentials[user_secret(entry)], external.uri
        else:
            login = credentials[f"mongodb-{client}"]
            address = f"mongodb://{','.join(hosts(settings))}/{DATABASE}?authSource=admin&replicaSet={SET}"
        uri = pulumi.Output.all(address, login.username, login.password).apply(lambda all_: with_login(*all_))
        found[client] = secret(place, f"mongodb-{client}-uri", {"uri": uri}, login.contents.checksum)
    return found


def with_login(address: str, username: str, password: str) -> str:
    """The connection string with the user and password in it."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{quote(username, safe='')}:{quote(password, safe='')}@{rest}"


def users_job(
    place: Place, settings: Settings, credentials: Credentials, after: list[pulumi.Resource]
) -> k8s.batch.v1.Job:
    """Makes the set of its members, the users, and gives them their new passwords.

    Other members, or another password, are another Job.
    """
    script = config_map(place, "mongodb-users", {"members.js": MEMBERS_SCRIPT, "users.js": USERS_SCRIPT})
    secrets = [
        folder(f"/secrets/{user}", credentials[f"mongodb-{user}"].contents, only={"password": "password"})
        for user in ("root", *CLIENTS)
    ]
    shell = Container(
        "mongosh",
        settings.images.mongodb,
        settings.mongodb.resources,
        command=["mongosh", "--quiet", "--norc", "--nodb", "/scripts/members.js", "/scripts/users.js"],
        env={"MEMBERS": ",".join(hosts(settings)), "SET": SET, "HOME": TMP},
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
