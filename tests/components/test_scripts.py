"""What init containers and Jobs run does its work once, and says what is wrong."""

import hashlib
import io
import json
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from components import extended_api, grafana
from components import mongodb_access as mongodb
from tests.components.running import HOST, installed


class Zips(SimpleHTTPRequestHandler):
    """Serves a folder, and counts."""

    served = 0

    def do_GET(self) -> None:
        Zips.served += 1
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of a plugin's zip file, and its digest."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        zipped.writestr("ertis-unity-panel/plugin.json", "{}")
        zipped.writestr("ertis-unity-panel/module.js", "new")
    (tmp_path / "panel.zip").write_bytes(packed.getvalue())
    Zips.served = 0
    server = ThreadingHTTPServer((HOST, 0), lambda *words: Zips(*words, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{HOST}:{server.server_port}/panel.zip", hashlib.sha256(packed.getvalue()).hexdigest()
    server.shutdown()
    server.server_close()


def unpack(folder: Path, lines: str) -> subprocess.CompletedProcess[str]:
    for tool in ("curl", "unzip", "sha256sum"):
        installed(tool)
    (folder / "list").write_text(lines)
    (folder / "work").mkdir(exist_ok=True)
    environment = {
        "PATH": "/usr/bin:/bin",
        "PLUGINS": str(folder / "grafana" / "plugins"),
        "WORK": str(folder / "work"),
        "LIST": str(folder / "list"),
    }
    command = ["sh", "-c", grafana.PLUGINS_SCRIPT]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_plugin_is_fetched_checked_and_unpacked_in_place_of_the_old_one(
    tmp_path: Path, upstream: tuple[str, str]
) -> None:
    old = tmp_path / "grafana" / "plugins" / "ertis-unity-panel"
    old.mkdir(parents=True)
    (old / "leftover.js").write_text("old")
    url, digest = upstream

    assert unpack(tmp_path, f"ertis-unity-panel {url} {digest}\n").returncode == 0
    assert sorted(file.name for file in old.iterdir()) == ["module.js", "plugin.json"]


def test_a_restart_fetches_nothing_that_is_there_already(tmp_path: Path, upstream: tuple[str, str]) -> None:
    line = f"ertis-unity-panel {upstream[0]} -\n"
    for _ in range(2):
        assert unpack(tmp_path, line).returncode == 0

    assert Zips.served == 1


def test_a_plugin_with_another_digest_is_refused_and_the_old_one_stays(
    tmp_path: Path, upstream: tuple[str, str]
) -> None:
    url, digest = upstream
    assert unpack(tmp_path, f"ertis-unity-panel {url} {digest}\n").returncode == 0

    done = unpack(tmp_path, f"ertis-unity-panel {url} {64 * '0'}\n")

    assert done.returncode != 0
    assert "SHA-256 is another" in done.stderr
    assert (tmp_path / "grafana" / "plugins" / "ertis-unity-panel" / "module.js").exists()


def test_a_zip_file_without_the_plugin_says_what_is_missing(
    tmp_path: Path, upstream: tuple[str, str]
) -> None:
    done = unpack(tmp_path, f"ertis-opentwins-app {upstream[0]} -\n")

    assert done.returncode != 0
    assert "holds no folder ertis-opentwins-app with a plugin.json in it" in done.stderr


def start_grafana(folder: Path, password: str) -> str:
    """What the init container of a Grafana pod asks `grafana cli`, with the password that it hands over."""
    (folder / "password").write_text(password)
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "grafana").write_text(f'#!/bin/sh\necho "$* < $(cat)" >{folder}/asked\n')
    (tools / "grafana").chmod(0o755)
    (folder / "asked").write_text("")
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "DATA": str(folder), "SECRET": str(folder / "password")}
    subprocess.run(["sh", "-c", grafana.ADMIN_SCRIPT], env=environment, check=True, timeout=60)
    return (folder / "asked").read_text().strip()


def test_grafana_is_given_a_new_password_when_there_is_one_and_at_no_other_start(tmp_path: Path) -> None:
    assert start_grafana(tmp_path, "first") == ""  # it makes its database with it
    (tmp_path / "grafana.db").touch()

    assert start_grafana(tmp_path, "first") == ""
    assert start_grafana(tmp_path, "second").endswith(
        "admin reset-admin-password --password-from-stdin < second"
    )
    assert start_grafana(tmp_path, "second") == ""


def test_the_extended_api_does_not_write_the_password_of_mongodb_to_its_log(tmp_path: Path) -> None:
    (tmp_path / "npm").write_text("""#!/bin/sh
echo "Trying to connect to mongodb://extended-api:hush@there:27017/ditto?authSource=admin as $1"
echo "an error" >&2
""")
    (tmp_path / "npm").chmod(0o755)
    script = extended_api.START.replace("/tmp/", f"{tmp_path}/")
    command = ["sh", "-ec", script]
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(command, env=path, capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.splitlines() == [
        "Trying to connect to mongodb://there:27017/ditto?authSource=admin as start",
        "an error",
    ]


MONGOSH = """
const asked = [], users = new Set(process.env.THERE.split(" "));
global.print = () => {};
global.connect = (uri) => {
  asked.push(["connect", uri]);
  const there = (name) => (users.has(name) ? {} : null);
  return new Proxy({}, {
    get: (_, call) => (...words) =>
      call.startsWith("get") ? there(words[0]) : void asked.push([call, ...words]),
  });
};
require(process.env.SCRIPT);
process.stdout.write(JSON.stringify(asked));
"""


def mongosh(folder: Path, there: str) -> list[list[object]]:
    """What the script asks of MongoDB, in which those users and roles are."""
    for user in ("root", "ditto", "extended-api"):
        (folder / user).mkdir(exist_ok=True)
        (folder / user / "password").write_text(f"of {user}")
    script = folder / "users.js"
    script.write_text(mongodb.USERS_SCRIPT.replace("/secrets", str(folder)))
    environment = {"SCRIPT": str(script), "MEMBERS": "there:27017", "SET": "opentwins", "THERE": there}
    command = [installed("node"), "-e", MONGOSH]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    asked: list[list[object]] = json.loads(done.stdout)
    return asked


def test_mongodb_gets_a_user_for_each_service_with_the_least_rights(tmp_path: Path) -> None:
    assert mongosh(tmp_path, "") == [
        ["connect", "mongodb://root:of%20root@there:27017/admin?replicaSet=opentwins"],
        [
            "createRole",
            {
                "role": "policiesReader",
                "privileges": [
                    {"resource": {"db": "ditto", "collection": "policies_journal"}, "actions": ["find"]}
                ],
                "roles": [],
            },
        ],
        ["createUser", {"user": "ditto", "pwd": "of ditto", "roles": [{"role": "readWrite", "db": "ditto"}]}],
        [
            "createUser",
            {
                "user": "extended-api",
                "pwd": "of extended-api",
                "roles": [{"role": "policiesReader", "db": "admin"}],
            },
        ],
    ]


def test_users_that_mongodb_has_already_get_the_password_of_their_secret(tmp_path: Path) -> None:
    calls = mongosh(tmp_path, "policiesReader ditto extended-api")[1:]

    assert [call[:2] for call in calls[1:]] == [["updateUser", "ditto"], ["updateUser", "extended-api"]]
    assert calls[0][0] == "updateRole"
