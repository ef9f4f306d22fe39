"""Scripts that run as processes of their own, in a project's folder and with its own interpreter.

They know nothing of this package: what they import is Pulumi's own, and the project's.
"""
