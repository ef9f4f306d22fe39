"""Plugins: which there are, and the settings of apps."""

from sandbox.grafana.errors import GrafanaError
from sandbox.grafana.store import PLUGIN, Document, Store

INSTALLED = {
    "ertis-opentwins-app": ("app", "OpenTwins", "2.0.0"),
    "ertis-unity-panel": ("panel", "Unity", "1.0.0"),
    "influxdb": ("datasource", "InfluxDB", ""),
    "timeseries": ("panel", "Time series", ""),
    "stat": ("panel", "Stat", ""),
    "gauge": ("panel", "Gauge", ""),
    "state-timeline": ("panel", "State timeline", ""),
}


class Plugins:
    """Reads and changes the settings of plugins."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def listed(self) -> list[Document]:
        """Return all plugins."""
        return [self._view(plugin, self._settings(plugin)) for plugin in INSTALLED]

    def get(self, plugin: str) -> Document:
        """Return a plugin with its settings, without secrets."""
        self._check(plugin)
        settings = self._settings(plugin)
        return self._view(plugin, settings) | {
            "jsonData": settings["jsonData"],
            "secureJsonFields": dict.fromkeys(settings["secureJsonData"], True),
        }

    def update(self, plugin: str, body: Document) -> Document:
        """Change a plugin's settings; secrets that are left out stay."""
        self._check(plugin)
        old = self._settings(plugin)
        self._store.put(
            PLUGIN,
            plugin,
            {
                "enabled": bool(body.get("enabled")),
                "pinned": bool(body.get("pinned")),
                "jsonData": body.get("jsonData") or {},
                "secureJsonData": old["secureJsonData"] | (body.get("secureJsonData") or {}),
            },
        )
        return {"message": "Plugin settings updated"}

    def _settings(self, plugin: str) -> Document:
        default: Document = {"enabled": INSTALLED[plugin][0] != "app", "pinned": False, "jsonData": {}}
        return self._store.get(PLUGIN, plugin) or default | {"secureJsonData": {}}

    def _check(self, plugin: str) -> None:
        if plugin not in INSTALLED:
            raise GrafanaError(404, "Plugin not found, no installed plugin with that id")

    def _view(self, plugin: str, settings: Document) -> Document:
        kind, name, version = INSTALLED[plugin]
        return {
            "id": plugin,
            "name": name,
            "type": kind,
            "enabled": settings["enabled"],
            "pinned": settings["pinned"],
            "info": {"version": version},
            "signature": "unsigned" if version else "internal",
        }
