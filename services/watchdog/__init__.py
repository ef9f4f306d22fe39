"""The watchdog: sends a device's last values again, in the rhythm it had, for as long as it is silent."""
