"""Who gets in, and what an answer carries."""

import pytest

from tests.contract.client import Ditto, refusal


@pytest.mark.parametrize("login", [None, ("ditto", "wrong"), ("nobody", "")])
def test_the_api_is_behind_nginx(ditto: Ditto, login: tuple[str, str] | None) -> None:
    answer = ditto.send("GET", "/api/2/things/a:b", login=login)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="')


def test_devops_have_no_way_into_the_api(ditto: Ditto) -> None:
    assert ditto.send("GET", "/api/2/things/a:b", login="devops").status_code == 401


def test_connections_are_for_devops_only(ditto: Ditto) -> None:
    for login, text in (
        (None, "The resource requires authentication, which was not supplied with the request"),
        ("api", "The supplied authentication is invalid"),
    ):
        answer = ditto.send("GET", "/api/2/connections", login=login)
        assert (answer.status_code, answer.text) == (401, text)
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="DITTO-DEVOPS",charset=UTF-8'


def test_whoever_enters_is_a_subject_of_nginx(ditto: Ditto) -> None:
    user = ditto.logins["api"][0]
    answer = ditto.send("GET", "/api/2/whoami")
    assert answer.json() == {"defaultSubject": f"nginx:{user}", "subjects": [f"nginx:{user}"]}


def test_health_is_for_everyone(ditto: Ditto) -> None:
    answer = ditto.send("GET", "/health", login=None)
    assert (answer.status_code, answer.json()) == (200, {"status": "UP"})


def test_there_is_no_other_version_of_the_api(ditto: Ditto) -> None:
    assert refusal(ditto.send("GET", "/api/1/things/a:b"))[0] == 404


def test_what_is_nowhere_is_told_in_plain_text(ditto: Ditto) -> None:
    answer = ditto.send("GET", "/api/2/nowhere")
    assert (answer.status_code, answer.text) == (404, "The requested resource could not be found.")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_correlation_id_comes_back(ditto: Ditto) -> None:
    path = ditto.with_thing()
    headers = {"correlation-id": "asked-by-a-test"}
    assert ditto.send("GET", path, headers=headers).headers["correlation-id"] == "asked-by-a-test"
    assert ditto.send("GET", path).headers["ditto-originator"] == "nginx:ditto"


def test_errors_of_the_services_carry_it_and_those_of_the_gateway_do_not(ditto: Ditto) -> None:
    headers = {"correlation-id": "asked-by-a-test"}
    missing = ditto.send("GET", ditto.thing_path(), headers=headers)
    assert missing.headers["correlation-id"] == "asked-by-a-test"
    assert "correlation-id" not in ditto.send("GET", "/api/2/things/nocolon", headers=headers).headers
