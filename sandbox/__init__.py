"""The embedded default: what a machine without a cluster, or without the Pulumi CLI, runs the program on.

The product never imports this package. It sees the sandbox from outside, as it sees any cluster.
"""
