"""Reaching a service: waiting for it, getting in, and one clear line when that cannot be."""

import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from components.settings import load
from provider.errors import ProviderError, Unreachable
from provider.reach import Reach, configured
from provider.thing import TwinProvider
from tests.provider.conftest import PASSWORD, Ditto, Secrets, Stack


def test_a_service_is_waited_for_and_what_is_waited_for_is_said(stack: Stack, ditto: Ditto) -> None:
    ditto.faults.be_unhealthy(3600)
    pause = stack.reach.pause
    looks: list[float] = []

    def pause_and_recover(seconds: float) -> None:
        looks.append(seconds)
        pause(seconds)
        if len(looks) == 20:
            ditto.faults.reset()

    stack.reach.pause = pause_and_recover
    assert stack.reach.ditto.thing("my:thing") is None
    assert (
        stack.said
        == [
            f"waiting for Ditto ({ditto.url}) to be healthy, up to 600 s:"
            ' its health check answers 503 {"status":"DOWN"}',
        ]
        * 2
    )  # at once, and after half a minute again
    assert sum(looks) == 40


def test_a_service_that_does_not_get_healthy_in_time_is_an_error_that_says_what_was_waited_for(
    stack_of: Callable[..., Stack], ditto: Ditto
) -> None:
    ditto.faults.be_unhealthy(3600)
    stack = stack_of(ditto.url, deadline=60)
    with pytest.raises(Unreachable) as failure:
        stack.reach.ditto.thing("my:thing")
    assert str(failure.value) == (
        f"Ditto ({ditto.url}) was not healthy within 60 s (opentwins:twins.deadline): its health check"
        " answers"
        ' 503 {"status":"DOWN"}'
    )
    assert sum(stack.pauses) == 60

    with pytest.raises(Unreachable, match="was not healthy within 60 s"):
        stack.reach.ditto.thing("my:thing")
    assert sum(stack.pauses) == 60  # nobody waits again in the same run


def test_threads_that_come_meanwhile_wait_for_the_same_look(stack: Stack, ditto: Ditto) -> None:
    threads = [threading.Thread(target=lambda: stack.reach.ditto.thing("my:thing")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [request.path for request in ditto.record.requests].count("/health") == 1


def test_a_port_where_nobody_listens_is_one_clear_line(stack_of: Callable[..., Stack]) -> None:
    with pytest.raises(Unreachable, match=r"^Ditto \(http://127.0.0.1:9\) was not .*Connection refused"):
        stack_of(deadline=1).reach.ditto.thing("my:thing")


def test_a_wrong_password_is_one_clear_line_that_names_the_secret(stack: Stack) -> None:
    stack.secrets.secrets["ditto"]["password"] = "wrong"
    with pytest.raises(Unreachable) as failure:
        stack.reach.ditto.thing("my:thing")
    message = str(failure.value)
    assert message.startswith(
        "Ditto does not let us in (401): it does not accept what Secret opentwins/user-ditto holds."
    )
    assert "\n" not in message
    assert "wrong" not in message
    assert (
        stack.secrets.read == ["opentwins/user-ditto"] * 2
    )  # it could have been rotated: once more, no oftener


def test_a_password_that_was_rotated_while_we_ran_is_read_again(stack: Stack, ditto: Ditto) -> None:
    stack.secrets.secrets["ditto"]["password"] = "old"
    first_read = stack.secrets.secret

    def rotated(namespace: str, name: str) -> dict[str, str]:
        values = first_read(namespace, name)
        stack.secrets.secrets["ditto"]["password"] = PASSWORD
        return values

    stack.secrets.secret = rotated  # type: ignore[method-assign]
    assert stack.reach.ditto.thing("my:thing") is None
    assert [request.status for request in ditto.record.requests] == [200, 401, 404]


def test_a_secret_without_a_password_is_named(stack: Stack) -> None:
    stack.secrets.secrets["ditto"] = {"token": "x"}
    with pytest.raises(Unreachable, match="Secret opentwins/user-ditto does not have the keys username and"):
        stack.reach.ditto.thing("my:thing")


KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: gone
contexts: [{name: gone, context: {cluster: gone, user: me}}]
clusters: [{name: gone, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: me, user: {token: x}}]
"""


def test_an_unreachable_cluster_is_one_clear_line(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(KUBECONFIG)
    settings = load({"opentwins:kubernetes": f'{{"kubeconfig": "{kubeconfig}"}}'}, "test")
    with pytest.raises(Unreachable) as failure:
        Reach(settings).ditto.thing("my:thing")
    message = str(failure.value)
    assert message.startswith("the Kubernetes API at http://127.0.0.1:9 cannot be reached: ")
    assert "Connection refused" in message
    assert "opentwins:kubernetes" in message
    assert "\n" not in message


def test_a_kubeconfig_without_the_context_is_one_clear_line() -> None:
    from provider.cluster import Cluster

    with pytest.raises(
        Unreachable, match=r"the kubeconfig does not lead to a cluster \(context 'prod' is needed\)"
    ):
        Cluster(KUBECONFIG, "prod").secret("opentwins", "ditto-api")


def test_the_stacks_config_is_all_that_a_provider_is_told(tmp_path: Path) -> None:
    config = Config(
        {"opentwins:namespace": "mine", "opentwins:twins": '{"deadline": 5}', "other:x": "y"}, "opentwins"
    )
    first, second = TwinProvider(), TwinProvider()
    first.configure(ConfigureRequest(config))
    second.configure(ConfigureRequest(config))
    assert (first.reach.settings.namespace, first.reach.settings.twins.deadline) == ("mine", 5)
    assert first.reach is second.reach  # one for all resources of the process


def test_a_config_that_is_not_in_order_names_the_key() -> None:
    with pytest.raises(ProviderError, match=r"opentwins:twins\.deadlin: there is no such setting"):
        configured(Config({"opentwins:twins": '{"deadlin": 5}'}, "opentwins"))


def test_an_error_of_ours_is_shown_as_its_message_alone_and_a_bug_with_its_traceback() -> None:
    TwinProvider().configure(ConfigureRequest(Config({}, "opentwins")))

    def shown(error: Exception) -> str:
        try:
            raise error
        except Exception:
            return traceback.format_exc()

    assert shown(Unreachable("Ditto is not there")) == "Ditto is not there"
    assert shown(KeyError("oops")).startswith("Traceback (most recent call last)")
    assert len(shown(ProviderError("é" * 20_000)).encode()) < 7_000


def test_secrets_are_read_in_the_namespace_of_the_platform(stack_of: Callable[..., Stack]) -> None:
    stack = stack_of()
    assert isinstance(stack.secrets, Secrets)
    values: dict[str, Any] = stack.reach.secret("user-ditto")
    assert values["username"] == "ditto"
    assert stack.secrets.read == ["opentwins/user-ditto"]
