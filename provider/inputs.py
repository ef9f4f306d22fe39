"""All that a run reads before it declares anything: settings and specs, and everything that is wrong with them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from components.settings import Settings, SettingsError
from components.settings import load as load_settings
from components.webgl.files import astray
from components.webgl.settings import check as check_builds
from grafana.dashboards import dashboards
from grafana.saved import FOLDER, SavedError, saved_dashboards
from provider.specs import load_specs
from provider.storage_classes import with_unknown_classes
from twins.load import SpecErrors
from twins.specs import Specs

__all__ = ["InputError", "read"]


class InputError(Exception):
    """Settings, specs or files cannot be used; the text names all that is wrong."""


def read(config: Mapping[str, str], stack: str) -> tuple[Settings, Specs]:
    """The settings in a stack's full config, and the specs that they name.

    Raises `InputError` with the mistakes of both: settings that only do not go together still say which specs
    to look at, and for which services.
    """
    wrong: list[str] = []
    try:
        settings = load_settings(config, stack)
    except SettingsError as mistakes:
        wrong.append(str(with_unknown_classes(mistakes, config)))
        if mistakes.settings is None:
            raise InputError(wrong[0]) from None
        settings = mistakes.settings
    found: list[Specs] = []
    steps: tuple[Callable[[], object], ...] = (
        lambda: check_builds(settings, stack),
        lambda: found.append(load_specs(settings)),
        lambda: _check_saved(found),
    )
    for step in steps:
        try:
            step()
        except (SettingsError, SpecErrors, SavedError) as mistakes:
            wrong.append(str(mistakes))
    if found:
        wrong += _builds_astray(settings, found[0])
    if wrong:
        raise InputError("\n".join(wrong))
    return settings, found[0]


def _check_saved(specs: Sequence[Specs]) -> None:
    """Look into the dashboards that are saved as files: none may have the uid of one that is made of the specs."""
    files = any(FOLDER.glob("*.json"))
    saved_dashboards([each for known in specs for each in dashboards(known, "", "")] if files else [])


def _builds_astray(settings: Settings, specs: Specs) -> Iterator[str]:
    """Yield Unity panels whose build is to be in the stack's folder of builds, and is not."""
    folder = Path(settings.webgl.folder or "")
    if not settings.webgl.folder or not folder.is_dir():
        return
    for each in specs.unity_panels.values():
        build = each.spec.build
        if build and "://" not in build and (why := astray(folder, build, each.spec.compression)):
            yield f"{each.origin}: build: {why}"
