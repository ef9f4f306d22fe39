"""What a Grafana that runs elsewhere is told, so that the dashboards in it work as in the platform's own."""

import pulumi

from components.endpoints import endpoints, user_secret
from components.grafana_configuration import APP, DATA_SOURCE
from components.platform import Platform
from components.settings import Settings
from provider.grafana_settings import OWNER, App, DataSource


def declare_grafana(settings: Settings, platform: Platform, stack: str) -> list[pulumi.Resource]:
    """The data source and the app's settings; none for the platform's own Grafana, which reads them from files."""
    grafana, influxdb = settings.grafana.external, settings.influxdb
    if grafana is None:
        return []
    made: list[pulumi.Resource] = []

    def after(secret: str) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            depends_on=[*platform.ready["grafana"], *platform.issued.resources({secret})]
        )

    source = grafana.data_source
    if source:
        url, secret = source.url, user_secret(source.secret)
    elif influxdb.external:
        url, secret = influxdb.external.url, user_secret(influxdb.external.token_for("read"))
    else:
        raise LookupError("a Grafana elsewhere has no data source")  # contradictions.py lets none through
    made.append(
        DataSource(
            DATA_SOURCE,
            {
                "name": f"OpenTwins ({stack})",
                "type": "influxdb",
                "access": "proxy",
                "url": url,
                "isDefault": False,
                "jsonData": {
                    "version": "Flux",
                    "organization": influxdb.organization,
                    "defaultBucket": influxdb.bucket,
                    "httpMode": "POST",
                    OWNER: stack,
                },
            },
            secret,
            platform.fingerprints[secret],
            after(secret),
        )
    )
    if grafana.app:
        login = endpoints(settings).ditto.secret or ""
        addresses = {"dittoURL": grafana.app.ditto, "extendedURL": grafana.app.extended_api}
        made.append(App(APP, addresses, login, platform.fingerprints[login], after(login)))
    return made
