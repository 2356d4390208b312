SYSTEM_PACKAGES += prometheus prometheus-alertmanager prometheus-node-exporter prometheus-postgres-exporter

.PHONY: dashboards
dashboards: $(VENV)/.dev-installed  ## Write Grafana's dashboards again from their code
	$(BIN)/python scripts/generate_dashboards.py
