SYSTEM_PACKAGES += libgomp1 docker-compose socat chromium

.PHONY: system-deps
system-deps:  ## Optional system parts by apt: Prometheus, Alertmanager, Chromium (asks for root)
	@bash scripts/system_deps.sh $(SYSTEM_PACKAGES)
