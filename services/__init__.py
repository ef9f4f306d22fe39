"""Small programs of ours that run in containers: the feeder and its watchdog, and what both are made of."""
