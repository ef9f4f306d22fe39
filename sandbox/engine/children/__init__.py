"""Scripts that run as processes of their own, in the user's project and with the interpreter of its environment.

They know nothing of this package: what they import is Pulumi's own, and the project's.
"""
