"""The text of Grafana's configuration: its own settings, its data source, and the OpenTwins app's settings.

See https://grafana.com/docs/grafana/v12.4/setup-grafana/configure-grafana/ and
…/administration/provisioning/. No text holds a secret: `$__file{…}` has Grafana read it from a mounted one.
"""

from collections.abc import Sequence

import yaml

DATA_SOURCE = "opentwins-influxdb"
APP = "ertis-opentwins-app"
UNITY = "ertis-unity-panel"


def settings(plugins: Sequence[str], root: str) -> str:
    """`grafana.ini`: nobody gets in without a password, nothing calls home, no other plugin is loaded.

    `root` is the address at which browsers find it. Behind a path it answers under that path; its API, which
    probes and this program use, answers without it too.
    """
    secure = "cookie_secure = true\n" if root.startswith("https:") else ""
    return f"""\
[server]
root_url = {root}
serve_from_sub_path = true

[security]
{secure}\
admin_user = admin
admin_password = $__file{{/secrets/admin/password}}
secret_key = $__file{{/secrets/key/password}}
disable_gravatar = true
cookie_samesite = lax
x_content_type_options = true

[auth.anonymous]
enabled = false

[users]
allow_sign_up = false
allow_org_create = false

[snapshots]
external_enabled = false

[analytics]
reporting_enabled = false
check_for_updates = false
check_for_plugin_updates = false
feedback_links_enabled = false

[news]
news_feed_enabled = false

[plugins]
# OpenTwins does not sign its plugins.
allow_loading_unsigned_plugins = {",".join(plugins)}
plugin_admin_enabled = false
preinstall_disabled = true

[navigation.app_sections]
{APP} = root -1700

[log]
mode = console
"""


def data_sources(influxdb: str, organization: str, bucket: str, token: str) -> str:
    """The provisioned data source: InfluxDB, with the token in the file `token`."""
    return _yaml(
        {
            "apiVersion": 1,
            "datasources": [
                {
                    "name": "OpenTwins",
                    "uid": DATA_SOURCE,
                    "type": "influxdb",
                    "access": "proxy",
                    "url": influxdb,
                    "isDefault": True,
                    "editable": False,
                    "jsonData": {
                        "version": "Flux",
                        "organization": organization,
                        "defaultBucket": bucket,
                        "httpMode": "POST",
                    },
                    "secureJsonData": {"token": f"$__file{{{token}}}"},
                }
            ],
        }
    )


def app(ditto: str, extended_api: str, devops: bool) -> str:
    """The OpenTwins app's settings: where Ditto and the Extended API are, and who asks them.

    Logins are files: `/secrets/ditto/…` and, with `devops`, `/secrets/ditto-devops/…`. With `devops` every
    viewer of Grafana can do through the app what Ditto's operator may: Grafana's proxy asks nobody for a role
    there.
    """
    json_data = {
        "dittoURL": ditto,
        "extendedURL": extended_api,
        "dittoUsername": "$__file{/secrets/ditto/username}",
    }
    secrets = {
        "dittoPassword": "$__file{/secrets/ditto/password}",
        "dittoBasicAuth": "$__file{/secrets/ditto/basicAuth}",
    }
    if devops:
        json_data["dittoDevopsUsername"] = "$__file{/secrets/ditto-devops/username}"
        secrets |= {
            "dittoDevopsPassword": "$__file{/secrets/ditto-devops/password}",
            "dittoDevopsBasicAuth": "$__file{/secrets/ditto-devops/basicAuth}",
        }
    return _yaml(
        {
            "apiVersion": 1,
            "apps": [
                {
                    "type": APP,
                    "org_id": 1,
                    "disabled": False,
                    "jsonData": json_data,
                    "secureJsonData": secrets,
                }
            ],
        }
    )


def _yaml(document: object) -> str:
    return yaml.safe_dump(document, sort_keys=False)
