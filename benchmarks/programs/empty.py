"""A Pulumi program without anything in it."""

import pulumi

pulumi.export("nothing", 0)
