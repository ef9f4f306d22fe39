"""The OpenTwins platform and the twins on it: settings → platform → twins → stack outputs."""

import pulumi
from pulumi.runtime.config import get_config_env

from components.platform import Platform
from provider.declare import declare_twins
from provider.inputs import InputError, read


def main() -> None:
    """Declare everything. All input is read and checked before the first resource is."""
    try:
        settings, specs = read(get_config_env(), pulumi.get_stack())
    except InputError as mistakes:
        raise pulumi.RunError(str(mistakes)) from None

    platform = Platform("opentwins", settings)
    declare_twins(specs, settings, platform)

    pulumi.export("endpoints", platform.addresses)
    pulumi.export("credentials", platform.credentials)
    pulumi.export("twins", sorted(specs.twins))
    pulumi.export("fleets", {fleet: survey.count for fleet, survey in specs.surveys.items()})


main()
