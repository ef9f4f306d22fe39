"""What the stand-ins have besides their services' behaviour: memory, logins, a record, faults, pages."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from aiohttp import web

from sandbox.ditto.server import FAULTS, RECORD
from sandbox.ditto.server import application as ditto_application
from sandbox.ditto.store import Store as DittoStore
from sandbox.grafana.server import application as grafana_application
from sandbox.grafana.store import Store as GrafanaStore
from sandbox.standin.cluster_secrets import ClusterSecrets
from sandbox.standin.credentials import Fixed
from sandbox.standin.journal import Journal
from sandbox.standin.running import serving

LOGIN = ("ditto", "of the api")
DEVOPS = ("devops", "of devops")
ADMIN = ("admin", "of grafana")
RIGHTS = {f"{kind}:/": {"grant": ["READ", "WRITE"], "revoke": []} for kind in ("thing", "policy", "message")}
POLICY = {"entries": {"owner": {"subjects": {"nginx:ditto": {"type": "test"}}, "resources": RIGHTS}}}
MQTT = {
    "connectionType": "mqtt-5",
    "connectionStatus": "open",
    "uri": "tcp://user:pass-word@mosquitto:1883",
    "targets": [
        {
            "address": "a",
            "topics": ["_/_/things/twin/events"],
            "qos": 0,
            "authorizationContext": ["nginx:ditto"],
        }
    ],
}


def ditto(journal: Path | None = None) -> web.Application:
    store = DittoStore(Journal(journal) if journal else None)
    return ditto_application(Fixed(api=dict([LOGIN]), devops=dict([DEVOPS])), store)


def grafana(journal: Path | None = None) -> web.Application:
    return grafana_application(
        Fixed(admin=dict([ADMIN])), GrafanaStore(Journal(journal) if journal else None)
    )


def ask(method: str, url: str, auth: tuple[str, str] | None = LOGIN, **more: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, auth=auth, timeout=10, **more)


def fill_ditto(url: str) -> None:
    assert ask("PUT", f"{url}/api/2/policies/a:p", json=POLICY).status_code in (201, 204)
    for name in ("one", "two", "gone"):
        thing = {"policyId": "a:p", "attributes": {"big": 1e300, "null": None}}
        assert ask("PUT", f"{url}/api/2/things/a:{name}", json=thing).status_code == 201
    assert ask("PUT", f"{url}/api/2/things/a:two/attributes/big", data="1e400").status_code == 204
    assert ask("DELETE", f"{url}/api/2/things/a:gone").status_code == 204
    assert ask("PUT", f"{url}/api/2/connections/c", DEVOPS, json=MQTT).status_code == 201


def test_a_restart_of_ditto_loses_nothing(tmp_path: Path) -> None:
    paths = ["policies/a:p", "things/a:one", "things/a:two?fields=attributes,_revision,_created,_modified"]
    with serving(ditto(tmp_path / "journal")) as url:
        fill_ditto(url)
        before = [ask("GET", f"{url}/api/2/{path}").text for path in paths]
        connection = ask("GET", f"{url}/api/2/connections/c", DEVOPS).text
    with serving(ditto(tmp_path / "journal")) as url:
        assert [ask("GET", f"{url}/api/2/{path}").text for path in paths] == before
        assert "Infinity" in before[-1]
        assert ask("GET", f"{url}/api/2/connections/c", DEVOPS).text == connection
        assert ask("GET", f"{url}/api/2/things/a:gone").status_code == 404
        back = ask("PUT", f"{url}/api/2/things/a:gone", json={"policyId": "a:p"})
        assert (back.status_code, back.headers["ETag"]) == (201, '"rev:3"')


def test_a_restart_of_grafana_loses_nothing(tmp_path: Path) -> None:
    board = {"dashboard": {"uid": "board", "title": "Board"}, "folderUid": "folder"}
    with serving(grafana(tmp_path / "journal")) as url:
        ask("POST", f"{url}/api/folders", ADMIN, json={"uid": "folder", "title": "Folder"})
        ask("POST", f"{url}/api/folders", ADMIN, json={"uid": "gone", "title": "Gone"})
        ask("DELETE", f"{url}/api/folders/gone", ADMIN)
        ask("POST", f"{url}/api/dashboards/db", ADMIN, json=board)
        before = ask("GET", f"{url}/api/dashboards/uid/board", ADMIN).json()
    with serving(grafana(tmp_path / "journal")) as url:
        assert ask("GET", f"{url}/api/dashboards/uid/board", ADMIN).json() == before
        assert ask("GET", f"{url}/api/folders/gone", ADMIN).status_code == 404
        new = ask("POST", f"{url}/api/dashboards/db", ADMIN, json={"dashboard": {"title": "New"}}).json()
        assert new["id"] not in (before["dashboard"]["id"], None)


def test_a_line_that_a_crash_cut_off_costs_that_line_only(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with serving(ditto(journal)) as url:
        fill_ditto(url)
    whole = journal.read_text()
    journal.write_text(whole + '{"kind": "thing", "id": "a:half", "docu')
    with serving(ditto(journal)) as url:
        assert ask("GET", f"{url}/api/2/things/a:one").status_code == 200
        assert ask("PUT", f"{url}/api/2/things/a:three", json={"policyId": "a:p"}).status_code == 201
    with serving(ditto(journal)) as url:
        assert ask("GET", f"{url}/api/2/things/a:three").status_code == 200
        assert ask("GET", f"{url}/api/2/things/a:half").status_code == 404


def test_a_journal_is_for_its_owner_only(tmp_path: Path) -> None:
    with serving(ditto(tmp_path / "journal")) as url:
        fill_ditto(url)
    assert (tmp_path / "journal").stat().st_mode & 0o077 == 0


def test_a_journal_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.standin.journal.SLACK", 10)
    store = DittoStore(Journal(tmp_path / "journal"))
    for number in range(100):
        store.put("thing", "a:t", {"thingId": "a:t", "attributes": {"n": number}})
    store.close()
    assert len((tmp_path / "journal").read_text().splitlines()) < 20
    again = DittoStore(Journal(tmp_path / "journal")).find("thing", "a:t")
    assert again is not None
    assert (again.revision, again.document) == (100, {"thingId": "a:t", "attributes": {"n": 99}})


@dataclass
class Secrets:
    """A Kubernetes API that knows Secrets, and how often it was asked for one."""

    kubeconfig: Path
    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: int = 0


@pytest.fixture
def secrets(tmp_path: Path) -> Iterator[Secrets]:
    known = Secrets(tmp_path / "kubeconfig")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.asked += 1
            namespace, name = self.path.split("?")[0].split("/")[4::2]
            found = known.values.get(name) if namespace == "opentwins" else None
            if found is None:
                self.send_error(404)
                return
            data = dict(
                zip(
                    ("username", "password"),
                    (base64.b64encode(v.encode()).decode() for v in found),
                    strict=True,
                )
            )
            body = json.dumps(
                {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": name}, "data": data}
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        name = "sandbox"
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "clusters": [{"name": name, "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
            "users": [{"name": name, "user": {"token": "x"}}],
        }
        known.kubeconfig.write_text(yaml.safe_dump(config))
        yield known
        server.shutdown()


def test_the_clusters_secrets_open_a_stand_in_and_are_read_once(secrets: Secrets) -> None:
    secrets.values = {"ditto-api": LOGIN, "ditto-devops": DEVOPS}
    credentials = ClusterSecrets(secrets.kubeconfig, "opentwins", api="ditto-api", devops="ditto-devops")
    with serving(ditto_application(credentials)) as url:
        assert [ask("GET", f"{url}/api/2/whoami").status_code for _ in range(5)] == [200] * 5
        assert ask("GET", f"{url}/api/2/connections", DEVOPS).status_code == 200
        assert ask("GET", f"{url}/api/2/connections", LOGIN).status_code == 401
        assert secrets.asked == 3


def test_a_rotated_password_opens_at_once_and_the_old_one_no_more(secrets: Secrets) -> None:
    secrets.values = {"ditto-api": LOGIN}
    credentials = ClusterSecrets(secrets.kubeconfig, "opentwins", api="ditto-api", devops="ditto-devops")
    with serving(ditto_application(credentials)) as url:
        assert ask("GET", f"{url}/api/2/whoami").status_code == 200
        secrets.values = {"ditto-api": ("ditto", "rotated")}
        assert ask("GET", f"{url}/api/2/whoami", ("ditto", "rotated")).status_code == 200
        assert ask("GET", f"{url}/api/2/whoami").status_code == 401


def test_nobody_gets_in_while_there_is_no_secret(secrets: Secrets) -> None:
    credentials = ClusterSecrets(secrets.kubeconfig, "opentwins", admin="grafana-admin")
    with serving(grafana_application(credentials)) as url:
        assert ask("GET", f"{url}/api/org", ADMIN).status_code == 401
        secrets.values = {"grafana-admin": ADMIN}
        assert ask("GET", f"{url}/api/org", ADMIN).status_code == 200


def test_nobody_gets_in_while_the_cluster_is_down(secrets: Secrets) -> None:
    config = yaml.safe_load(secrets.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "http://127.0.0.1:1"
    secrets.kubeconfig.write_text(yaml.safe_dump(config))
    credentials = ClusterSecrets(secrets.kubeconfig, "opentwins", admin="grafana-admin")
    with serving(grafana_application(credentials)) as url:
        assert ask("GET", f"{url}/api/org", ADMIN).status_code == 401


def test_requests_are_recorded_and_shown_without_passwords() -> None:
    application = ditto()
    with serving(application) as url:
        fill_ditto(url)
        ask("GET", f"{url}/api/2/things/a:one")
        writes = application[RECORD].writes()
        assert [(write.method, write.status) for write in writes[:2]] == [("PUT", 201), ("PUT", 201)]
        assert len(application[RECORD].requests) == len(writes) + 1
        shown = ask("GET", f"{url}/sandbox/requests", None)
        assert "pass-word" not in shown.text
        assert shown.json()[0]["path"] == "/api/2/policies/a:p"
        assert json.loads(shown.json()[0]["body"]) == POLICY
        ask("DELETE", f"{url}/sandbox/requests", None)
        assert not application[RECORD].requests


APPLICATIONS: list[tuple[Callable[[], web.Application], str]] = [
    (ditto, "/api/2/whoami"),
    (grafana, "/api/health"),
]


@pytest.mark.parametrize(("make", "path"), APPLICATIONS, ids=["ditto", "grafana"])
def test_a_service_can_be_made_to_refuse_for_a_while(make: Callable[[], web.Application], path: str) -> None:
    with serving(make()) as url:
        ask("PUT", f"{url}/sandbox/faults", None, json={"refuse": 2, "status": 429, "retry_after": 3})
        for _ in range(2):
            refused = ask("GET", url + path)
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3")
        assert ask("GET", url + path).status_code == 200


def test_a_connection_can_be_dropped_before_and_after_the_work() -> None:
    application = ditto()
    with serving(application) as url:
        application[FAULTS].drop, application[FAULTS].only = 1, "PUT"
        with pytest.raises(requests.ConnectionError):
            ask("PUT", f"{url}/api/2/policies/a:p", json=POLICY)
        assert ask("GET", f"{url}/api/2/policies/a:p").status_code == 404
        application[FAULTS].drop_after = 1
        with pytest.raises(requests.ConnectionError):
            ask("PUT", f"{url}/api/2/policies/a:p", json=POLICY)
        assert ask("GET", f"{url}/api/2/policies/a:p").status_code == 200


def test_a_service_can_be_unwell_until_it_is_told_to_be_well() -> None:
    with serving(ditto()) as url:
        ask("PUT", f"{url}/sandbox/faults", None, json={"unhealthy": 600})
        assert ask("GET", f"{url}/health", None).status_code == 503
        ask("DELETE", f"{url}/sandbox/faults", None)
        assert ask("GET", f"{url}/health", None).json() == {"status": "UP"}


def test_an_unknown_fault_is_named() -> None:
    with serving(ditto()) as url:
        answer = ask("PUT", f"{url}/sandbox/faults", None, json={"explode": 1})
        assert (answer.status_code, answer.json()) == (400, {"error": "unknown: explode"})


def test_people_see_the_tree_of_twins_and_no_password() -> None:
    with serving(ditto()) as url:
        fill_ditto(url)
        child = {
            "policyId": "a:p",
            "attributes": {"_parents": "a:one"},
            "features": {"t": {"properties": {"v": "<&>"}}},
        }
        ask("PUT", f"{url}/api/2/things/a:one:child", json=child)
        page = ask("GET", f"{url}/sandbox/", None)
        assert page.headers["Content-Type"].startswith("text/html")
        assert "pass-word" not in page.text
        assert "<&>" not in page.text
        assert page.text.index("a:one<") < page.text.index("a:one:child<") < page.text.index("a:two<")


def test_people_see_a_dashboards_panels_and_queries() -> None:
    panel = {"type": "timeseries", "title": "Temperature", "targets": [{"query": 'from(bucket: "b")'}]}
    board = {"dashboard": {"uid": "board", "title": "Board", "panels": [panel]}}
    with serving(grafana()) as url:
        ask("POST", f"{url}/api/dashboards/db", ADMIN, json=board)
        page = ask("GET", f"{url}/d/board", None).text
        assert "Temperature" in page
        assert "from(bucket: &quot;b&quot;)" in page
        assert '<a href="/d/board/board">Board</a>' in ask("GET", f"{url}/", None).text
        assert ask("GET", f"{url}/d/none", None).status_code == 404
