"""The README's words for a cluster of one's own, typed one after the other at the real CLI."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox import standins
from sandbox.kubernetes import cluster as kubernetes
from tests.scenarios.stack import ROOT, project

README = (ROOT / "README.md").read_text()


@pytest.mark.skipif(not shutil.which("pulumi"), reason="the Pulumi CLI is not on PATH")
def test_the_commands_of_the_readme_bring_the_platform_up_on_a_cluster(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    shutil.copy(ROOT / "Pulumi.dev.yaml", folder)
    cluster = kubernetes.start(tmp_path / "cluster", print)
    namespace = re.search(r"opentwins:namespace: *(\S+)", (folder / "Pulumi.dev.yaml").read_text())
    standins.start(tmp_path / "stand-ins", cluster, namespace[1] if namespace else "opentwins")
    (tmp_path / "backend").mkdir()
    environment = os.environ | {
        "KUBECONFIG": str(cluster.kubeconfig),
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/backend",
        "PULUMI_CONFIG_PASSPHRASE": "known to this test alone",
        "PULUMI_SKIP_CONFIRMATIONS": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    section = README.partition("## On a cluster of yours")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```console\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines() if line.startswith("pulumi ")]
    assert len(commands) > 5
    try:
        said = {
            command: subprocess.run(
                command.split(),
                cwd=folder,
                env=environment,
                input="a password\n",
                capture_output=True,
                text=True,
            )
            for command in commands
        }
        for command, done in said.items():
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert "ditto-api" in said["pulumi stack output credentials -s dev"].stdout
        assert "a password" not in (folder / "Pulumi.dev.yaml").read_text()
    finally:
        standins.stop(tmp_path / "stand-ins")
        kubernetes.stop(tmp_path / "cluster")
