"""The dynamic provider: makes policies, twins, connections and dashboards be what the specs declare.

The only room that talks to Ditto and Grafana. Module paths and class names of the providers are part of
every stack's state: they are never renamed.
"""
