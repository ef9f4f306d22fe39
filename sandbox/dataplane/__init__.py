"""Telegraf and InfluxDB, built from their Go modules for machines that have neither."""
