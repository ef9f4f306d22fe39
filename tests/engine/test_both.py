"""Both engines come to the same steps, and each takes over from the other without a change."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.engine.api import Engine, Result
from sandbox.engine.builtin import Builtin
from sandbox.engine.cli import PulumiCli
from sandbox.kubernetes.cluster import Cluster, start, stop
from tests.engine.conftest import needs_cli
from tests.engine.test_interruption import begin, children_of, until_asked
from tests.engine.test_kubernetes import OnCluster
from tests.engine.toy import Toy, fine, quiet, told

pytestmark = needs_cli

needs_provider = pytest.mark.skipif(
    not shutil.which("pulumi-resource-kubernetes"), reason="Pulumi's Kubernetes provider is not on PATH"
)


class Pair:
    """The same project on both engines, each with its own state."""

    def __init__(self, folder: Path) -> None:
        self.toys = [Toy(folder / "one"), Toy(folder / "two")]
        self.engines: list[Engine] = [
            Builtin(self.toys[0].workspace, quiet),
            PulumiCli(self.toys[1].workspace, quiet),
        ]

    def write(self, program: str) -> None:
        for toy in self.toys:
            toy.write(program)

    def run(self, operation: str) -> Result:
        """Do it on both; the result of the built-in engine, once it is seen to be the other's too."""
        one, two = (_result(engine, operation) for engine in self.engines)
        assert one.changes == two.changes
        assert sorted(one.steps) == sorted(two.steps)
        assert one.outputs == two.outputs
        assert (one.error is None) == (two.error is None), (one.error, two.error)
        called = [sorted(toy.called()) for toy in self.toys]
        assert called[0] == called[1]
        return one


def _result(engine: Engine, operation: str) -> Result:
    result: Result = getattr(engine, operation)()
    return result


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_the_life_of_a_stack_has_the_same_steps(pair: Pair) -> None:
    program = """
        class Group(pulumi.ComponentResource):
            def __init__(self, name, text):
                super().__init__("toy:Group", name, {"text": text})
                self.a = Thing(f"{name}-a", Options(parent=self), text=text, secret=pulumi.Output.secret("S"))
                self.register_outputs({"size": self.a.size})

        group = Group("group", '{"v": 1}')
        b = Thing("b", Options(depends_on=[group]), text=group.a.size.apply(str))
        pulumi.export("size", b.size)
        pulumi.export("secret", {"x": pulumi.Output.secret(1), "y": [None, 2.5]})
    """
    pair.write(program)
    pair.run("preview")
    assert told(fine(pair.run("up"))) == [("create", "b"), ("create", "group-a"), ("create", "group")]
    assert pair.run("up").changes == ()

    pair.write(program.replace('"v": 1', '"v": 12'))
    pair.run("preview")
    [*_, group_step] = fine(pair.run("up")).changes
    assert group_step.changed == ("text.v",)

    for toy in pair.toys:
        toy.world({"group-a": "edited", "b": None})
    assert told(pair.run("refresh")) == [("delete", "b"), ("refresh", "group-a")]
    pair.write('Thing("c")')
    fine(pair.run("up"))
    fine(pair.run("destroy"))


def test_replacements_have_the_same_steps(pair: Pair) -> None:
    program = """
        a = Thing("a", key="K", clash="yes")
        b = Thing("b", key=a.id)
        Thing("c", text=b.id)
        Thing("d", Options(delete_before_replace=True, replace_on_changes=["text"]), key="K")
        Thing("e", Options(deleted_with=a), text="t")
        Thing("f", Options(ignore_changes=["text"]), text="K")
    """
    pair.write(program.replace("K", "k1"))
    fine(pair.run("up"))
    pair.write(program.replace("K", "k2"))
    pair.run("preview")
    fine(pair.run("up"))
    assert pair.run("preview").changes == ()


def test_failures_have_the_same_steps(pair: Pair) -> None:
    pair.write(
        'old = Thing("old")\nThing("user", Options(depends_on=[old]))\nThing("kept", Options(protect=True))'
    )
    fine(pair.run("up"))
    pair.write("""
        bad = Thing("bad", text="fail")
        Thing("after", Options(depends_on=[bad]))
        Thing("uses", text=bad.size.apply(str))
        Thing("user", text="fail")
        Thing("other")
    """)
    failed = pair.run("up")
    assert told(failed) == [("create", "other")]


def test_a_program_that_fails_has_the_same_error(pair: Pair) -> None:
    pair.write('Thing("a")\nraise pulumi.RunError("toy:size: must be a number")')
    one, two = (engine.preview() for engine in pair.engines)
    assert one.error == two.error == "toy:size: must be a number"


def test_the_users_config_is_read_and_not_touched(tmp_path: Path) -> None:
    toy = Toy(tmp_path)
    toy.write('pulumi.export("greeting", pulumi.Config().require("greeting"))')
    before = toy.workspace.config.read_text()
    engine = PulumiCli(toy.workspace, quiet)
    assert fine(engine.up()).outputs == {"greeting": "hello"}
    assert toy.workspace.config.read_text() == before
    toy.configure({"greeting": "good day"})
    assert fine(engine.preview()).outputs == {"greeting": "good day"}
    assert sorted(path.name for path in toy.project.glob("Pulumi*")) == ["Pulumi.dev.yaml", "Pulumi.yaml"]


def test_a_run_of_the_cli_that_was_killed_can_be_run_again(tmp_path: Path) -> None:
    toy = Toy(tmp_path)
    toy.write('a = Thing("a")\nThing("b", Options(depends_on=[a]), text="wait")')
    run = begin(toy, "cli", "PulumiCli")
    until_asked(toy, "b")
    for pid in [run.pid, *children_of(run.pid)]:
        os.kill(pid, signal.SIGKILL)
    run.wait()
    toy.calls()
    toy.write('a = Thing("a")\nThing("b", Options(depends_on=[a]), text="quick")')
    assert told(fine(PulumiCli(toy.workspace, quiet).up())) == [("create", "b")]


@pytest.mark.parametrize("first", ["builtin", "pulumi"])
def test_one_engine_takes_over_from_the_other_without_a_change(tmp_path: Path, first: str) -> None:
    toy = Toy(tmp_path)
    toy.write("""
        group = pulumi.ComponentResource("toy:Group", "group")
        a = Thing("a", Options(parent=group, protect=True), secret=pulumi.Output.secret("hidden"))
        Thing("b", Options(depends_on=[a], aliases=[pulumi.Alias(name="z")]), text=a.id)
        pulumi.export("nothing", {"null": None, "secret": pulumi.Output.secret({"x": [1]})})
    """)
    _taken_over(toy, first)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    directory = tmp_path_factory.mktemp("cluster")
    yield start(directory, report=quiet)
    stop(directory)


OBJECTS = """
    settings = k8s.core.v1.ConfigMap("settings", metadata={"namespace": space}, data={"x": "1", "y": ""},
                                     opts=at(depends_on=[ns]))
    password = k8s.core.v1.Secret("password", metadata={"namespace": space, "name": "password"},
                                  string_data={"password": pulumi.Output.secret("hidden")},
                                  opts=at(depends_on=[ns]))
    claim = k8s.core.v1.PersistentVolumeClaim(
        "data", metadata={"namespace": space},
        spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1024Mi"}}},
        opts=at(depends_on=[ns]))
    deployment = web(
        container={
            "env": [{"name": "EMPTY", "value": ""},
                    {"name": "P", "valueFrom": {"secretKeyRef": {"name": "password", "key": "password"}}}],
            "resources": {"limits": {"cpu": "1000m", "memory": "0.5Gi"}, "requests": {"cpu": 0.5}},
            "readinessProbe": {"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 0},
            "volumeMounts": [{"name": "s", "mountPath": "/s", "readOnly": False}],
        },
        hostNetwork=False, enableServiceLinks=False,
        volumes=[{"name": "s", "configMap": {"name": settings.metadata.name}}, {"name": "t", "emptyDir": {}},
                 {"name": "d", "persistentVolumeClaim": {"claimName": claim.metadata.name}}],
    )
    k8s.core.v1.Service("web", metadata={"namespace": space, "name": "web"},
                        spec={"selector": {"app": "web"}, "ports": [{"port": 80}], "clusterIP": "None"},
                        opts=at(depends_on=[deployment]))
    k8s.networking.v1.NetworkPolicy("closed", metadata={"namespace": space, "name": "closed"},
                                    spec={"podSelector": {}, "policyTypes": ["Ingress"], "ingress": []},
                                    opts=at(depends_on=[ns]))
    k8s.rbac.v1.Role("reader", metadata={"namespace": space, "name": "reader"},
                     rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
                     opts=at(depends_on=[ns]))
    pulumi.export("settings", settings.metadata.name)
"""


@needs_provider
@pytest.mark.parametrize("first", ["builtin", "pulumi"])
def test_objects_on_a_cluster_are_taken_over_without_a_change(
    tmp_path: Path, cluster: Cluster, first: str
) -> None:
    site = OnCluster(tmp_path)
    site.cluster, site.namespace = cluster, f"from-{first}"
    site.declare(OBJECTS)
    last = _taken_over(site, first)
    site.declare(
        OBJECTS.replace('"x": "1"', '"x": "2"').replace('"EMPTY", "value": ""', '"EMPTY", "value": "1"')
    )
    planned = last.preview()
    assert told(planned) == [("replace", "settings"), ("update", "web")]
    assert planned.changes == fine(last.up()).changes
    fine(last.destroy())


def _taken_over(toy: Toy, first: str) -> Engine:
    """Bring the stack up on one engine, hand it over and back; the engine that has it last."""
    builtin, cli = Builtin(toy.workspace, quiet), PulumiCli(toy.workspace, quiet)
    one: Engine = builtin if first == "builtin" else cli
    two: Engine = cli if first == "builtin" else builtin
    outputs = fine(one.up()).outputs
    two.import_state(one.export_state())
    planned = fine(two.preview())
    assert planned.changes == ()
    assert planned.outputs == outputs
    assert fine(two.up()).changes == ()
    one.import_state(two.export_state())
    assert fine(one.preview()).changes == ()
    two.import_state(one.export_state())
    return two
