SYSTEM_PACKAGES += prometheus prometheus-alertmanager prometheus-node-exporter prometheus-postgres-exporter

.PHONY: dashboards
dashboards: $(VENV)/.dev-installed  ## Write Grafana's dashboards, and the alerts for Kubernetes, again from their source
	$(BIN)/python scripts/generate_dashboards.py
