"""Kafka-ML: models that are trained on data streams, and predict from them.

See https://github.com/ertis-research/kafka-ml. It asks nobody who they are, and its executors run whatever
Python they are sent: network.py is what keeps others away from it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as k8s

from components import kafka_ml_parts as parts
from components.contents import Key, config_map
from components.credentials import Credentials
from components.kafka_ml_settings import Worker
from components.place import Place, labels
from components.pods import Container, Pod
from components.probes import Probes, command, http, tcp
from components.volumes import TMP, data, folder, temporary
from components.workloads import claim, claim_name, deployment, service

if TYPE_CHECKING:
    from components.settings import Settings

core = k8s.core.v1

USER = (1000, 1000)  # the images are made for root, but only read what is in them
NGINX = (101, 101)
DATA = "/var/lib/kafka-ml"
PROGRAM = "/usr/src/app"  # the folder of each image's own program
SETTINGS_MODULE = (Path(__file__).parent / "scripts" / "kafka-ml-settings.py").read_text()
# It must not be started twice, and everything but its database and models is made anew.
START = (
    "python manage.py migrate --run-syncdb\nexec daphne -b 0.0.0.0 -p 8000 -t 0 autoweb.asgi:application\n"
)
PAGE = 'window.env = window.env || {}; window.env.API_SERVER_URL = "/api";'


class KafkaMl(pulumi.ComponentResource):
    """All five of Kafka-ML's services. `ready` is what there has to be before its API is used."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        credentials: Credentials,
        kafka: list[pulumi.Resource],
        place: Place,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("opentwins:KafkaMl", name, None, opts)
        self._settings, self._place = settings, place.inside(self)
        ml, images = settings.kafka_ml, settings.images
        # Models are checked by the executors, so the API is not of use before they are.
        executors = [
            *self._executor(parts.TENSORFLOW, images.kafka_ml_tensorflow, ml.tensorflow),
            *self._executor(parts.PYTORCH, images.kafka_ml_pytorch, ml.pytorch),
        ]
        backend = self._backend(Key(credentials["kafka-ml-key"].contents, "password"), [*kafka, *executors])
        self.ready = [*kafka, *executors, *backend, *self._frontend(backend), *self._logger(backend)]
        self.register_outputs({})

    def _host(self, part: str) -> str:
        return f"{part}.{self._place.namespace}.svc:{parts.PORTS[part]}"

    def _service(self, part: str) -> core.Service:
        return service(self._place, part, {"http": parts.PORTS[part]})

    def _executor(self, part: str, image: str, worker: Worker) -> list[pulumi.Resource]:
        container = Container(
            "executor",
            image,
            worker.resources,
            # As its start.sh, but not in the folder of its program: it writes the models that it hands out
            # to the folder that it runs in.
            command=[
                *("gunicorn", "app:app", "--chdir", TMP),
                *("--bind", f"0.0.0.0:{parts.PORTS[part]}", "--timeout", "0"),
            ],
            env={"HOME": TMP, "PYTHONPATH": PROGRAM},
            ports={"http": parts.PORTS[part]},
            mounts=[temporary("1Gi")],
            probes=Probes(
                startup=tcp("http", every=5, timeout=3, failures=60),
                readiness=tcp("http", every=10, timeout=3, failures=3),
                liveness=tcp("http", every=20, timeout=5, failures=6),
            ),
        )
        return [*deployment(self._place, Pod(part, USER, [container]), 1), self._service(part)]

    def _backend(self, key: Key, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        ml, images = self._settings.kafka_ml, self._settings.images
        env: dict[str, str | Key] = {
            "DJANGO_SETTINGS_MODULE": "opentwins_settings",
            "PYTHONPATH": "/opentwins",
            "KAFKA_ML_DATA": DATA,
            "KAFKA_ML_JOBS": json.dumps(self._jobs(), sort_keys=True),
            "SECRET_KEY": key,
            "DEBUG": "0",
            "HOME": TMP,
            "ALLOWED_HOSTS": f"{parts.BACKEND},{parts.BACKEND}.{self._place.namespace}.svc,localhost,127.0.0.1",
            "BOOTSTRAP_SERVERS": parts.brokers(self._settings),
            "CONTROL_TOPIC": parts.CONTROL_TOPIC,
            "KUBE_NAMESPACE": self._place.namespace,
            "BACKEND_URL": f"http://{self._host(parts.BACKEND)}",
            "FRONTEND_URL": f"http://{self._host(parts.FRONTEND)}",
            "TFEXECUTOR_URL": f"http://{self._host(parts.TENSORFLOW)}/",
            "PTHEXECUTOR_URL": f"http://{self._host(parts.PYTORCH)}/",
            "TENSORFLOW_TRAINING_MODEL_IMAGE": images.kafka_ml_tensorflow_training,
            "TENSORFLOW_INFERENCE_MODEL_IMAGE": images.kafka_ml_tensorflow_inference,
            "PYTORCH_TRAINING_MODEL_IMAGE": images.kafka_ml_pytorch_training,
            "PYTORCH_INFERENCE_MODEL_IMAGE": images.kafka_ml_pytorch_inference,
        }
        module = config_map(self._place, parts.BACKEND, {"opentwins_settings.py": SETTINGS_MODULE})
        container = Container(
            "backend",
            images.kafka_ml_backend,
            ml.backend.resources,
            command=["sh", "-ec", START],
            env=env,
            ports={"http": parts.PORTS[parts.BACKEND]},
            mounts=[temporary("1Gi"), data(DATA, claim_name(parts.BACKEND)), folder("/opentwins", module)],
            probes=Probes(
                startup=tcp("http", every=5, timeout=3, failures=60),
                readiness=_answers("/models/"),
                liveness=tcp("http", every=20, timeout=5, failures=6),
            ),
        )
        pod = Pod(parts.BACKEND, USER, [container], account=parts.BACKEND)
        volume = claim(self._place, parts.BACKEND, ml.backend.storage)
        front = self._service(parts.BACKEND)
        needed = [*after, volume, front, *self._account()]
        return [*deployment(self._place, pod, 1, after=needed, alone=True), front]

    def _jobs(self) -> dict[str, object]:
        """How the pods are to be that the backend launches; its settings module reads it."""
        jobs = self._settings.kafka_ml.jobs
        return {
            "labels": labels(parts.JOBS),
            "resources": jobs.resources.model_dump(),
            "runtimeClass": jobs.runtime_class or "",
        }

    def _account(self) -> list[pulumi.Resource]:
        """A service account with just what the backend calls: it makes and removes, and never looks."""
        name, options = parts.BACKEND, self._place.options()
        metadata = k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self._place.namespace, labels=labels(name))
        account = core.ServiceAccount(
            name, metadata=metadata, automount_service_account_token=False, opts=options
        )
        made = {"batch": "jobs", "": "replicationcontrollers"}
        rules = [
            k8s.rbac.v1.PolicyRuleArgs(api_groups=[group], resources=[kind], verbs=["create", "delete"])
            for group, kind in made.items()
        ]
        role = k8s.rbac.v1.Role(name, metadata=metadata, rules=rules, opts=options)
        binding = k8s.rbac.v1.RoleBinding(
            name,
            metadata=metadata,
            role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=name),
            subjects=[
                k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=name, namespace=self._place.namespace)
            ],
            opts=options,
        )
        return [account, role, binding]

    def _frontend(self, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        text = frontend(self._host(parts.BACKEND), parts.PORTS[parts.FRONTEND])
        files = config_map(self._place, parts.FRONTEND, {"nginx.conf": text})
        container = Container(
            "frontend",
            self._settings.images.kafka_ml_frontend,
            self._settings.kafka_ml.frontend.resources,
            command=["nginx", "-c", "/config/nginx.conf", "-g", "daemon off;"],
            ports={"http": parts.PORTS[parts.FRONTEND]},
            mounts=[temporary(), folder("/config", files)],
            probes=Probes(
                startup=http("/", "http", every=2, timeout=2, failures=30),
                readiness=http("/", "http", every=10, timeout=3, failures=3),
                liveness=http("/", "http", every=20, timeout=5, failures=4),
            ),
        )
        # nginx looks the backend's address up once, when it starts.
        pod = Pod(parts.FRONTEND, NGINX, [container])
        return [*deployment(self._place, pod, 1, after=after), self._service(parts.FRONTEND)]

    def _logger(self, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        servers = parts.brokers(self._settings)
        connected = ["python", "-c", CONNECTED, servers.rpartition(":")[2]]
        container = Container(
            "logger",
            self._settings.images.kafka_ml_logger,
            self._settings.kafka_ml.logger.resources,
            env={
                "BOOTSTRAP_SERVERS": servers,
                "CONTROL_TOPIC": parts.CONTROL_TOPIC,
                "BACKEND": self._host(parts.BACKEND),
                "HOME": TMP,
            },
            mounts=[temporary()],
            probes=Probes(
                startup=command(connected, every=5, timeout=5, failures=60),
                readiness=command(connected, every=30, timeout=10, failures=3),
                liveness=command(connected, every=60, timeout=10, failures=10),
            ),
        )
        # Two would store each data source twice.
        return deployment(self._place, Pod(parts.LOGGER, USER, [container]), 1, after=after, alone=True)


# The logger listens at no port. It is well as long as it has a connection to Kafka's: established, in
# Linux' own table.
CONNECTED = """import sys
port = "%04X" % int(sys.argv[1])
lines = [line.split() for name in ("tcp", "tcp6") for line in open("/proc/net/" + name)]
sys.exit(not any(line[2].endswith(":" + port) and line[3] == "01" for line in lines))
"""


def _answers(path: str) -> core.ProbeArgs:
    """A GET under a name that Django takes: it refuses the pod's address, which Kubernetes would ask for."""
    host = core.HTTPHeaderArgs(name="Host", value="localhost")
    action = core.HTTPGetActionArgs(path=path, port="http", http_headers=[host])
    return core.ProbeArgs(http_get=action, period_seconds=15, timeout_seconds=5, failure_threshold=3)


def frontend(backend: str, port: int) -> str:
    """The configuration of the nginx that serves the web interface, and takes its calls to the backend."""
    # For nginx 1.18, which the image is of.
    return f"""worker_processes 1;
error_log stderr;
pid /tmp/nginx.pid;
events {{ worker_connections 512; }}
http {{
  include /etc/nginx/mime.types;
  access_log off;
  server_tokens off;
  gzip on;
  client_max_body_size 0;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  server {{
    listen {port};
    root /usr/share/nginx/html;
    location = /assets/env.js {{
      default_type application/javascript;
      return 200 '{PAGE}';
    }}
    location /api/ {{
      proxy_pass http://{backend}/;
      proxy_http_version 1.1;
      proxy_set_header Host {parts.BACKEND};
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $upgraded;
      proxy_read_timeout 1h;
    }}
    location / {{
      try_files $uri $uri/ /index.html =404;
    }}
  }}
  map $http_upgrade $upgraded {{
    default upgrade;
    "" close;
  }}
}}
"""
