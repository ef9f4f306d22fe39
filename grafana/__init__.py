"""From twins and types to Grafana's documents: dashboards, folders, Unity panels. All pure."""
