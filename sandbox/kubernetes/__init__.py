"""A real Kubernetes API without a cluster: a control plane on loopback, and nodes that only pretend to run pods.

``build`` makes its programs out of their Go modules, ``cluster`` starts, finds and stops one.
"""
