"""The text of nginx's configuration for WebGL builds of Unity and Godot.

A browser runs a build only if each file comes with its type and, where the build is compressed, with the
`Content-Encoding` that says so; and lets a page of another origin read it only if that origin is named. See
https://docs.unity3d.com/Manual/webgl-server-configuration-code-samples.html and
https://docs.godotengine.org/en/stable/tutorials/export/exporting_for_web.html.
"""

from collections.abc import Sequence

from components.volumes import TMP

PORT = 8081
FILES = "/usr/share/nginx/html"

# By the end of a file's name, before that of its compression.
TYPES = {
    "wasm": "application/wasm",
    "js": "application/javascript",
    "json": "application/json",
    "data|pck|unityweb|mem|bin|bundle": "application/octet-stream",
}

_TEXT = """\
# Files of WebGL builds, for pages of the origins that are named, and of this one.
worker_processes 2;
pid {scratch}/nginx.pid;
error_log stderr notice;

events {{ worker_connections 1024; }}

http {{
  default_type application/octet-stream;
  types {{
    text/html html;
    text/css css;
    image/png png;
    image/jpeg jpg jpeg;
    image/svg+xml svg;
    image/x-icon ico;
  }}
  server_tokens off;
  sendfile on;
  client_body_temp_path {scratch}/body;
  proxy_temp_path {scratch}/proxy;
  fastcgi_temp_path {scratch}/fastcgi;
  uwsgi_temp_path {scratch}/uwsgi;
  scgi_temp_path {scratch}/scgi;
  access_log /dev/stdout;

  map $http_origin $allowed {{
    default "";
{origins}  }}
  # A page whose origin is not allowed; pages of this one send none.
  map $http_origin:$allowed $foreign {{
    default 0;
    "~^[^:].*:$" 1;
  }}
  # What the file is compressed with already: nginx compresses nothing itself.
  map $uri $encoding {{
    default "";
    ~\\.br$ br;
    ~\\.gz$ gzip;
  }}
  gzip off;

  server {{
    listen {listen};
    root {files};

    add_header Access-Control-Allow-Origin $allowed always;
    add_header Access-Control-Allow-Methods "GET, HEAD" always;
    add_header Vary Origin always;
    add_header Content-Encoding $encoding;
    add_header X-Content-Type-Options nosniff always;
    # Asked for anew each time, and answered with 304 unless it has changed: a build keeps its files' names.
    add_header Cache-Control no-cache always;
{isolation}
    if ($foreign) {{ return 403; }}
    if ($request_method !~ ^(GET|HEAD)$) {{ return 405; }}

    location = /healthz {{
      access_log off;
      default_type text/plain;
      return 200 "ok\\n";
    }}
    location ~ /\\. {{ return 404; }}
{types}    location / {{ try_files $uri $uri/index.html =404; }}
  }}
}}
"""

# For threads: a page is isolated, and so are those that it is a frame of.
_ISOLATION = """\
    add_header Cross-Origin-Opener-Policy same-origin always;
    add_header Cross-Origin-Embedder-Policy require-corp always;
    add_header Cross-Origin-Resource-Policy cross-origin always;
"""


def configuration(
    origins: Sequence[str],
    threads: bool = False,
    listen: str = str(PORT),
    files: str = FILES,
    scratch: str = TMP,
) -> str:
    """nginx's configuration file.

    `origins` are those whose pages may read the builds, such as `https://grafana.example.org`. With
    `threads`, pages are isolated from other origins, which Godot's threads need: browsers give them shared
    memory only then.
    """
    return _TEXT.format(
        listen=listen,
        files=files,
        scratch=scratch,
        origins="".join(f'    "{origin}" "{origin}";\n' for origin in origins),
        isolation=_ISOLATION if threads else "",
        types="".join(_location(ends, kind) for ends, kind in TYPES.items()),
    )


def _location(ends: str, kind: str) -> str:
    return (
        f"    location ~ \\.({ends})(\\.(br|gz))?$ {{\n      types {{}}\n      default_type {kind};\n    }}\n"
    )
