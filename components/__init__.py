"""The services of the platform: one file a service, with its settings, its resources and its wiring."""
