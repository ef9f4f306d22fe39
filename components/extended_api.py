"""The Extended API for Eclipse Ditto: types, and twins that are composed of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.contents import Contents, Key
from components.credentials import Credentials
from components.endpoints import endpoints
from components.model import Model, Replicas, Resources, resources
from components.place import Place
from components.pods import Container, Pod
from components.probes import Probes, http, tcp
from components.scaling import Autoscaling
from components.volumes import TMP, temporary
from components.workloads import deployment, service

if TYPE_CHECKING:
    from components.settings import Settings

USER = (1000, 1000)  # the image's `node`


class ExtendedApiSettings(Model):
    """The Extended API's settings."""

    replicas: Replicas = 1
    """how many pods"""
    autoscaling: Autoscaling | None = None
    """lets their number follow the work; `replicas` is the least then"""
    resources: Resources = resources("100m", "384Mi", "1", "512Mi")
    """of its container; it compiles itself at each start"""


class ExtendedApi(pulumi.ComponentResource):
    """The Extended API, which acts on Ditto as Ditto's API user for whoever reaches it: see network.py.

    `policies` is the Secret with the MongoDB address of Ditto's policies; without it, they cannot be listed.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        credentials: Credentials,
        policies: Contents | None,
        after: list[pulumi.Resource],
        place: Place,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("opentwins:ExtendedApi", name, None, opts)
        place = place.inside(self)
        where = endpoints(settings)
        port = where.extended_api.service.port if where.extended_api.service else 0
        login = credentials[where.ditto.secret].contents
        env: dict[str, str | Key] = {
            "HOST": "localhost",
            "PORT": str(port),
            "DITTO_URI_THINGS": where.ditto.address,
            "DITTO_USERNAME_API": Key(login, "username"),
            "DITTO_PASSWORD_API": Key(login, "password"),
            # With the operator's login it would only do what Ditto 3.9 has no more, and lend it to everybody.
            # Not empty: Kubernetes drops an empty value, and each preview would show it again.
            "DITTO_USERNAME_DEVOPS": "nobody",
            "DITTO_PASSWORD_DEVOPS": "nobody",
            "HOME": TMP,
        }
        if policies:
            env["MONGO_URI_POLICIES"] = Key(policies, "uri")
        server = Container(
            "extended-api",
            settings.images.extended_api,
            settings.extended_api.resources,
            command=["sh", "-ec", START],
            env=env,
            ports={"http": port},
            mounts=[temporary("256Mi")],
            probes=Probes(
                startup=tcp("http", every=5, timeout=3, failures=60),
                readiness=http("/docs/", "http", every=10, timeout=5, failures=3),
                liveness=tcp("http", every=20, timeout=5, failures=4),
            ),
        )
        pod = Pod("extended-api", USER, [server])
        front = service(place, "extended-api", {"http": port})
        own = settings.extended_api
        self.ready = [
            *deployment(place, pod, own.replicas, after=after, autoscaling=own.autoscaling),
            front,
        ]
        self.register_outputs({})


# It writes MongoDB's address, password included, to its log when it starts.
START = """mkfifo /tmp/log
sed -u 's#//[^@/]*@#//#' </tmp/log &
exec npm start >/tmp/log 2>&1
"""
