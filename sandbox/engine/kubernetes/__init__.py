"""A provider of Kubernetes resources that behaves, and keeps its state, as Pulumi's own does (version 4).

See https://www.pulumi.com/registry/packages/kubernetes/ for what users expect of it. Decisions are made
without a cluster, from the state and the new inputs; only what changes, or is looked at, needs requests.
"""
