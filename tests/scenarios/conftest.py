"""A stack on each engine that is there; each module of scenarios has one of its own."""

import shutil
from collections.abc import Iterator

import pytest

from sandbox.site import Site
from tests.scenarios.stack import Stack, project


def _quiet(line: str) -> None:
    """Progress is for people."""


@pytest.fixture(
    scope="module",
    params=[
        "builtin",
        pytest.param(
            "pulumi",
            marks=pytest.mark.skipif(not shutil.which("pulumi"), reason="the Pulumi CLI is not on PATH"),
        ),
    ],
)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp(request.param)
    site = Site(project(folder / "project"), "sandbox", folder / "site")
    try:
        cluster, pages = site.start(_quiet)
        yield Stack(request.param, site, cluster, pages, site.engine(request.param, cluster, _quiet))
    finally:
        site.stop()
