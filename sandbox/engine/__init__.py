"""Brings a Pulumi program's stack up: with the Pulumi CLI, or without it on an engine that is built in."""
