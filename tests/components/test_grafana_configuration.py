"""Grafana's files say only what its documentation knows, as it can be had from no package registry.

See https://grafana.com/docs/grafana/v12.4/setup-grafana/configure-grafana/ and …/administration/provisioning/.
"""

import configparser
from typing import Any

import pytest
import yaml

from tests.components.declared import declare

OPTIONS = {
    "server": "protocol http_addr http_port domain enforce_domain root_url serve_from_sub_path",
    "security": "admin_user admin_password admin_email secret_key disable_gravatar cookie_secure cookie_samesite"
    " allow_embedding strict_transport_security x_content_type_options x_xss_protection content_security_policy"
    " disable_initial_admin_creation disable_brute_force_login_protection data_source_proxy_whitelist",
    "auth.anonymous": "enabled org_name org_role hide_version",
    "users": "allow_sign_up allow_org_create auto_assign_org auto_assign_org_role verify_email_enabled"
    " default_theme home_page viewers_can_edit editors_can_admin",
    "snapshots": "external_enabled external_snapshot_url external_snapshot_name public_mode",
    "analytics": "reporting_enabled check_for_updates check_for_plugin_updates feedback_links_enabled",
    "news": "news_feed_enabled",
    "plugins": "allow_loading_unsigned_plugins plugin_admin_enabled plugin_admin_external_manage_enabled"
    " preinstall preinstall_async preinstall_disabled disable_plugins",
    "log": "mode level filters",
}
PLUGINS = {"ertis-opentwins-app", "ertis-unity-panel"}
SOURCE = "name type uid access orgId url user database basicAuth isDefault jsonData secureJsonData version editable"
APP = "type org_id org_name disabled jsonData secureJsonData"


def files(**config: str) -> dict[str, str]:
    return declare(**config).kind("ConfigMap")["grafana"].files


@pytest.fixture
def ini() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(files()["grafana.ini"])
    return parser


def test_every_option_is_one_of_grafana_s(ini: configparser.ConfigParser) -> None:
    for section in ini.sections():
        if section == "navigation.app_sections":  # plugins of any name
            assert set(ini[section]) <= PLUGINS
        else:
            assert set(ini[section]) <= set(OPTIONS[section].split()), section


def test_nobody_comes_in_unasked_nothing_calls_home_and_nothing_else_is_loaded(
    ini: configparser.ConfigParser,
) -> None:
    off = {
        "auth.anonymous": ["enabled"],
        "users": ["allow_sign_up", "allow_org_create"],
        "snapshots": ["external_enabled"],
        "analytics": OPTIONS["analytics"].split(),
        "news": ["news_feed_enabled"],
        "plugins": ["plugin_admin_enabled"],
    }
    assert not [name for section, names in off.items() for name in names if ini.getboolean(section, name)]
    assert ini.getboolean("plugins", "preinstall_disabled")
    assert set(ini["plugins"]["allow_loading_unsigned_plugins"].split(",")) == PLUGINS
    assert ini["security"]["admin_password"].startswith("$__file{")


def test_what_is_provisioned_has_the_fields_of_its_kind_and_no_secret() -> None:
    texts = files()
    (source,) = yaml.safe_load(texts["datasources.yaml"])["datasources"]
    (app,) = yaml.safe_load(texts["apps.yaml"])["apps"]
    secret: dict[str, Any] = source["secureJsonData"] | app["secureJsonData"]

    assert source.keys() <= set(SOURCE.split())
    assert app.keys() <= set(APP.split())
    assert all(str(value).startswith("$__file{") for value in secret.values())
