"""A stand-in for Grafana 12's HTTP API: folders, dashboards, library panels, data sources, plugins, service accounts.

In memory, with a journal on disk. It follows Grafana's documents and handlers (no real Grafana was at hand), and shows
a dashboard as a list of its panels, which is as much of a picture as anything needs that has no data behind it.
"""
