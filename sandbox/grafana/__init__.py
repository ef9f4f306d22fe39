"""A stand-in for Grafana 12's HTTP API: folders, dashboards, library panels, data sources, plugins, accounts.

In memory, with a journal on disk. It follows Grafana's documentation and handlers (no real Grafana was at
hand), and shows a dashboard as a list of its panels, which is all the picture that can be had without data.
"""
