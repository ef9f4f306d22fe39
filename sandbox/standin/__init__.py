"""What the stand-ins of Ditto and Grafana have in common: logins, journal, record, faults, pages."""
