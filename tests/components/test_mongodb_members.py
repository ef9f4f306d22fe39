"""The script that makes one replica set of MongoDB's members, against a set that is played in JavaScript."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from components.mongodb import READY
from components.mongodb_access import MEMBERS_SCRIPT
from tests.components.running import installed

# A set as MongoDB keeps one: a configuration with a version, one primary while most members are there.
MONGODB = """
const started = process.env.HERE.split(",");
let config = JSON.parse(process.env.CONFIG);
const asked = [];
const fail = (message, code) => { throw Object.assign(new Error(message), { code }); };
const primary = () => {
  if (!config) return undefined;
  const here = config.members.filter(({ host }) => started.includes(host));
  return here.length * 2 > config.members.length ? here[0].host : undefined;
};
global.print = () => {};
global.sleep = () => {};
global.connect = (uri) => {
  const host = uri.replace(/.*@/, "").replace(/[/].*/, "");
  if (!started.includes(host)) fail(`${host} is not there`);
  return {
    adminCommand(command) {
      const [name] = Object.keys(command);
      if (name === "hello") return { primary: primary() };
      if (name === "replSetGetConfig") {
        return config ? { config: structuredClone(config) } : fail("no set", 94);
      }
      if (name === "replSetGetStatus") {
        const members = config.members.map(({ host }) => ({ name: host, stateStr: "SECONDARY" }));
        return { members };
      }
      if (name === "replSetInitiate") {
        config = { ...command[name], version: 1 };
        asked.push(["initiate", config.members.map(({ host }) => host)]);
        return {};
      }
      const wanted = command.replSetReconfig, changed = wanted.members.length - config.members.length;
      if (wanted.version !== config.version + 1) fail("another version");
      if (!command.force && (host !== primary() || Math.abs(changed) !== 1)) fail("not allowed");
      if (new Set(wanted.members.map(({ _id }) => _id)).size !== wanted.members.length) fail("one id twice");
      config = wanted;
      asked.push([command.force ? "force" : "change", config.members.map(({ host }) => host)]);
      return {};
    },
  };
};
try { require(process.env.SCRIPT); } catch (error) { asked.push(["error", error.message]); }
process.stdout.write(JSON.stringify(asked));
"""


def run(folder: Path, wanted: str, here: str, members: str = "") -> list[Any]:
    """What the script asks of a set of `members` (none yet when empty), of which those `here` are up."""
    (folder / "root").mkdir(exist_ok=True)
    (folder / "root" / "password").write_text("of root")
    script = folder / "members.js"
    script.write_text(MEMBERS_SCRIPT.replace("/secrets", str(folder)))
    config = {
        "_id": "opentwins",
        "version": 7,
        "members": [{"_id": number, "host": host} for number, host in enumerate(members.split(","))],
    }
    environment = {
        "SCRIPT": str(script),
        "MEMBERS": wanted,
        "SET": "opentwins",
        "HERE": here,
        "CONFIG": json.dumps(config if members else None),
    }
    command = [installed("node"), "-e", MONGODB]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    found: list[Any] = json.loads(done.stdout)
    return found


def test_a_new_set_begins_with_its_first_member_and_takes_in_the_others_one_by_one(tmp_path: Path) -> None:
    assert run(tmp_path, "m0,m1,m2", here="m0,m1,m2") == [
        ["initiate", ["m0"]],
        ["change", ["m0", "m1"]],
        ["change", ["m0", "m1", "m2"]],
    ]


def test_a_single_member_is_a_set_too(tmp_path: Path) -> None:
    assert run(tmp_path, "m0", here="m0") == [["initiate", ["m0"]]]


def test_a_set_that_is_as_wanted_is_left_alone(tmp_path: Path) -> None:
    assert run(tmp_path, "m0,m1,m2", here="m0,m1,m2", members="m0,m1,m2") == []


def test_one_becomes_three_without_beginning_anew(tmp_path: Path) -> None:
    assert run(tmp_path, "m0,m1,m2", here="m0,m1,m2", members="m0") == [
        ["change", ["m0", "m1"]],
        ["change", ["m0", "m1", "m2"]],
    ]


def test_three_become_one_although_those_that_are_gone_were_the_majority(tmp_path: Path) -> None:
    assert run(tmp_path, "m0", here="m0", members="m0,m1,m2") == [["force", ["m0"]]]


def test_members_that_are_away_for_a_while_are_not_thrown_out(tmp_path: Path) -> None:
    ((what, why),) = run(tmp_path, "m0,m1,m2", here="m0", members="m0,m1,m2")

    assert what == "error"
    assert "most of its members are away" in why


@pytest.mark.parametrize(
    ("hello", "ready"),
    [
        ({"isreplicaset": True, "isWritablePrimary": False, "secondary": False}, True),  # in no set yet
        ({"setName": "opentwins", "isWritablePrimary": True, "secondary": False}, True),
        ({"setName": "opentwins", "isWritablePrimary": False, "secondary": True}, True),
        ({"setName": "opentwins", "isWritablePrimary": False, "secondary": False}, False),  # copying
    ],
)
def test_a_member_that_still_copies_is_not_ready(hello: dict[str, Any], ready: bool) -> None:
    shell = f"globalThis.db = {{ hello: () => ({json.dumps(hello)}) }}; globalThis.quit = process.exit;\n"
    done = subprocess.run([installed("node"), "-e", shell + READY], check=False, timeout=60)

    assert done.returncode == (0 if ready else 1)
