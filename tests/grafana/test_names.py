import re

from grafana.names import uid


def test_a_uid_is_always_the_same_for_an_id_and_another_for_every_other() -> None:
    ids = [
        "plant:pump",
        "plant:pump:",
        "plant:Pump",
        "plant:pump_1",
        "plant:pump-1",
        "plänt:pump",
        "plant:" + "p" * 250,
    ]

    uids = [uid("twin", each) for each in ids]

    assert uids == [uid("twin", each) for each in ids]
    assert len(set(uids)) == len(ids)
    assert uid("type", "plant:pump") != uid("twin", "plant:pump")


def test_a_uid_is_one_that_grafana_takes() -> None:
    for id_ in ["a:b", "plant:" + "p" * 250, "plant:泵", "n:-_ ~"]:
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", uid("folder", id_)), id_


def test_a_uid_shows_what_it_is_of() -> None:
    assert uid("twin", "plant:pump_1").startswith("twin-plant-pump-1-")
