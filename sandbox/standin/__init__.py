"""What the stand-ins of Ditto and Grafana have in common: logins, a journal, a record of requests, faults, pages."""
