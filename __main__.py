"""The OpenTwins platform and the twins on it: settings → platform → twins → stack outputs."""

import pulumi
from pulumi.runtime.config import get_config_env

from components.platform import Platform
from components.settings import SettingsError
from components.settings import load as load_settings
from components.webgl.settings import check as check_builds
from grafana.saved import SavedError, saved_dashboards
from provider.declare import declare_twins, load_specs
from twins.load import SpecErrors


def main() -> None:
    """Declare everything. All input is read and checked before the first resource is."""
    try:
        settings = load_settings(get_config_env(), pulumi.get_stack())
        check_builds(settings, pulumi.get_stack())
        specs = load_specs(settings)
        saved_dashboards()
    except (SettingsError, SpecErrors, SavedError) as mistakes:
        raise pulumi.RunError(str(mistakes)) from None

    platform = Platform("opentwins", settings)
    declare_twins(specs, settings, platform)

    pulumi.export("endpoints", platform.addresses)
    pulumi.export("credentials", platform.credentials)
    pulumi.export("twins", sorted(specs.twins))
    pulumi.export("fleets", {fleet: survey.count for fleet, survey in specs.surveys.items()})


main()
