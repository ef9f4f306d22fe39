"""The nginx before Ditto's gateway: it checks who asks, and tells the gateway in a header."""

import base64
import hashlib

from components.contents import Contents
from components.model import Resources
from components.pods import Container, Pod
from components.probes import Probes, http, tcp
from components.volumes import TMP, folder, temporary

PORT = 8080
USER = (101, 101)

# The gateway believes this header. So it is written anew on every way to it, and a client's own never passes.
_HEADER = "x-ditto-pre-authenticated"

_TEXT = """\
# Passwords are checked here, and Ditto's gateway is told who it is that asks.
worker_processes 2;
pid {scratch}/nginx.pid;
error_log stderr notice;

events {{ worker_connections 1024; }}

http {{
  default_type application/json;
  server_tokens off;
  client_body_temp_path {scratch}/body;
  proxy_temp_path {scratch}/proxy;
  fastcgi_temp_path {scratch}/fastcgi;
  uwsgi_temp_path {scratch}/uwsgi;
  scgi_temp_path {scratch}/scgi;

  log_format line '$time_iso8601 $remote_user "$request_method $uri" $status $request_time s
  $http_correlation_id'; access_log /dev/stdout line;

  # As Ditto's own gateway allows.
  client_max_body_size 1m;
  client_header_buffer_size 8k;
  large_client_header_buffers 4 16k;

  proxy_connect_timeout 10s;
  proxy_send_timeout 70s;
  proxy_read_timeout 70s;
  proxy_next_upstream error timeout http_502;
  proxy_next_upstream_tries 3;
  proxy_next_upstream_timeout 20s;
  proxy_http_version 1.1;

  map $http_upgrade $kept_open {{ default upgrade; "" ""; }}

  server {{
    listen {listen};

    # The user's own rights: Ditto's policies know the subject nginx:<user>.
    location /api {{
      auth_basic "Ditto";
      auth_basic_user_file {passwords};
      {proxy}
      proxy_set_header {header} "nginx:$remote_user";
      proxy_buffering off;  # server-sent events pass as they come
      proxy_pass http://{gateway};
    }}
    location /ws {{
      auth_basic "Ditto";
      auth_basic_user_file {passwords};
      {proxy}
      proxy_set_header {header} "nginx:$remote_user";
      proxy_read_timeout 1d;
      proxy_send_timeout 1d;
      proxy_pass http://{gateway};
    }}

    # The operator's: the gateway asks for the password itself.
    location /api/2/connections {{
      {proxy}
      proxy_set_header {header} "";
      proxy_pass http://{gateway};
    }}
    location /devops {{
      {proxy}
      proxy_set_header {header} "";
      proxy_pass http://{gateway};
    }}
    location /status {{
      {proxy}
      proxy_set_header {header} "";
      proxy_pass http://{gateway}/overall/status;
    }}

    # Nobody's: whether the whole cluster is well.
    location = /health {{
      access_log off;
      {proxy}
      proxy_set_header {header} "";
      proxy_pass http://{gateway};
    }}
{ui}
    location / {{ return 404; }}
  }}
}}
"""

_PROXY = """proxy_set_header Host $http_host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $kept_open;"""

_UI = """
    # Ditto's web interface, on the same origin as the API that it calls.
    location = / {{ return 302 /ui/; }}
    location /ui/ {{ proxy_set_header {header} ""; proxy_pass http://{ui}/; }}
"""


def configuration(
    gateway: str,
    ui: str = "",
    listen: str = str(PORT),
    passwords: str = "/secrets/passwords/htpasswd",
    scratch: str = TMP,
) -> str:
    """nginx's configuration file. `gateway` and `ui` are `host:port`; without `ui`, none is served."""
    return _TEXT.format(
        gateway=gateway,
        listen=listen,
        passwords=passwords,
        scratch=scratch,
        header=_HEADER,
        proxy=_PROXY,
        ui=_UI.format(ui=ui, header=_HEADER) if ui else "",
    )


def password_line(user: str, password: str, salt: str) -> str:
    """A line of nginx's password file; the same salt (hexadecimal) gives the same line.

    Salted SHA-1 is the one salted hash that every build of nginx knows. It is quick to try, which does not
    matter for a generated password of 190 bits.
    """
    raw = bytes.fromhex(salt)
    digest = hashlib.sha1(password.encode() + raw).digest()  # noqa: S324 - see above
    return f"{user}:{{SSHA}}{base64.b64encode(digest + raw).decode()}\n"


def pod(image: str, resources: Resources, text: Contents, passwords: Contents) -> Pod:
    """The pod. It is ready while Ditto's whole cluster is well, and alive while nginx answers."""
    nginx = Container(
        "nginx",
        image,
        resources,
        command=["nginx", "-e", "stderr", "-c", "/etc/opentwins/nginx.conf", "-g", "daemon off;"],
        ports={"http": PORT},
        mounts=[temporary(), folder("/etc/opentwins", text), folder("/secrets/passwords", passwords)],
        probes=Probes(
            startup=tcp("http", every=2, timeout=2, failures=30),
            readiness=http("/health", "http", every=10, timeout=5, failures=3),
            liveness=tcp("http", every=15, timeout=5, failures=4),
        ),
    )
    return Pod("ditto-nginx", USER, [nginx])
