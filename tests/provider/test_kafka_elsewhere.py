"""A Kafka that runs elsewhere, the real one with TLS and SCRAM-SHA-512, takes orders from its administrator."""

import time
from collections.abc import Iterator

import pytest

from components.endpoint import Endpoint
from provider.cluster import Cluster
from provider.errors import Unreachable
from provider.kafka_admin import READ, TOPIC, KafkaAdmin, Right
from provider.kafka_reach import opened
from tests.services.peers.certificates import Certificates, certificates
from tests.services.peers.fetched import jars
from tests.services.peers.kafka import PASSWORD, USER, Kafka, kafka, started
from tests.services.peers.processes import eventually, free_port
from tests.services.peers.skipping import or_skip

LOGIN = {"username": USER, "password": PASSWORD}
RIGHT = Right(TOPIC, "plant.", 4, READ)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return or_skip(lambda: certificates(tmp_path_factory.mktemp("certificates")))


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory, tls: Certificates) -> Iterator[Kafka]:
    made = or_skip(lambda: kafka(tmp_path_factory.mktemp("kafka"), jars("kafka"), tls, rights=True))
    with started(made):
        yield made


def admin(address: str, values: dict[str, str], deadline: float = 30) -> KafkaAdmin:
    endpoint = Endpoint("kafka-admin", address, None, "user-theirs")
    return opened(
        endpoint, Cluster(), LOGIN | values, deadline, time.monotonic, time.sleep, lambda line: None
    )


def test_topics_users_and_rights_are_made_and_deleted_over_tls(theirs: Kafka, tls: Certificates) -> None:
    orders = admin(f"ssl://{theirs.secured}", {"ca": tls.ca.read_text()})

    assert orders.create_topic("plant.readings", 2, -1, {})
    eventually(lambda: orders.topic("plant.readings"), "the topic is there")
    orders.set_password("analyst", "open-sesame")
    orders.set_rights("analyst", {RIGHT})
    eventually(lambda: orders.has_user("analyst") and orders.rights("analyst") == {RIGHT}, "so is the user")

    orders.delete_user("analyst")
    orders.delete_topic("plant.readings")
    eventually(
        lambda: not orders.has_user("analyst") and orders.topic("plant.readings") is None, "both are gone"
    )


@pytest.mark.parametrize("login", [{"password": "guessed"}, {"username": "a,=b"}])
def test_who_is_not_let_in_is_told_at_once(theirs: Kafka, tls: Certificates, login: dict[str, str]) -> None:
    with pytest.raises(Unreachable, match="does not let its administrator in"):
        admin(f"ssl://{theirs.secured}", {"ca": tls.ca.read_text()} | login)


def test_a_certificate_of_an_unknown_authority_is_not_trusted(theirs: Kafka) -> None:
    with pytest.raises(Unreachable, match=r"not to be trusted.*belongs into the secret, as `ca`"):
        admin(f"ssl://{theirs.secured}", {})


def test_one_that_does_not_answer_is_named_with_its_address() -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(Unreachable, match=address):
        admin(address, {}, deadline=0)
