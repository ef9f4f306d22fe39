"""What the configuration's texts say, as far as no program is needed to tell."""

import re
import tomllib

import pytest

from components.mosquitto_configuration import acl_user, password_line
from components.telegraf_configuration import Kafka, Mqtt, configuration

SALT = "00112233445566778899aabb"


@pytest.mark.parametrize("source", [Mqtt(), Kafka(), Kafka(sasl="PLAIN", ca="/ca.pem")])
def test_telegrafs_text_is_toml_and_names_secrets_only_by_their_variables(source: Mqtt | Kafka) -> None:
    read = tomllib.loads(configuration(source, scraped={"things": ["http://a/", "http://b/"]}))

    assert {output["token"] for output in read["outputs"]["influxdb_v2"]} == {"${INFLUX_TOKEN}"}
    for tables in read["inputs"].values():
        for table in tables:
            secrets = [value for key, value in table.items() if key.endswith("password")]
            assert set(secrets) <= {"${MQTT_PASSWORD}"}


def test_a_text_of_the_settings_cannot_break_out_of_its_place() -> None:
    read = tomllib.loads(configuration(Mqtt(), organization='a"\n[x]', bucket="b\\'''"))

    for output in read["outputs"]["influxdb_v2"]:
        assert (output["organization"], output["bucket"]) == ('a"\n[x]', "b\\'''")


def test_telegraf_has_room_for_all_points_of_all_events_that_it_takes() -> None:
    read = tomllib.loads(configuration(Mqtt()))

    (events,) = [each for each in read["inputs"]["mqtt_consumer"] if each["alias"] == "events"]
    stored, numbers = read["outputs"]["influxdb_v2"]
    assert stored["metric_buffer_limit"] > 4 * events["max_undelivered_messages"]
    assert stored["namepass"] == numbers["namedrop"]  # each point has one place
    # It answers 503 when events pile up; numbers alone never get that far.
    (limit,) = read["outputs"]["health"][0]["compares"]
    assert numbers["metric_buffer_limit"] < limit["lt"] <= events["max_undelivered_messages"]
    assert events["persistent_session"]
    assert events["qos"] == 1


def test_one_password_and_salt_always_make_the_same_line() -> None:
    line = password_line("device", "secret", SALT)

    assert line == password_line("device", "secret", SALT)
    assert re.fullmatch(r"device:\$7\$\d+\$[A-Za-z0-9+/]{16}\$[A-Za-z0-9+/]{86}==", line)
    assert "secret" not in line
    assert line != password_line("device", "secret", SALT[::-1])


@pytest.mark.parametrize(
    ("user", "salt", "told"),
    [
        ("device", "0011", "the salt has 2 bytes; Mosquitto wants 12"),
        ("", SALT, "name is not empty"),
        ("a:b", SALT, "name is not empty"),
        ("a b", SALT, "name is not empty"),
    ],
)
def test_a_line_that_mosquitto_could_not_read_is_refused(user: str, salt: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        password_line(user, "secret", salt)


def test_a_users_rights_are_a_block_in_which_what_is_denied_comes_first() -> None:
    assert acl_user("device", ["out/#"], ["in/#"], denied=["secret/#"]) == (
        "user device\ntopic deny secret/#\ntopic write out/#\ntopic read in/#\n"
    )
