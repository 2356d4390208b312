SYSTEM_PACKAGES += wrk

.PHONY: bench-serving
bench-serving: $(VENV)/.dev-installed  ## Our service beside MLflow, BentoML, LitServe, MLServer, Ray Serve and FastAPI (writes the page)
	@$(BIN)/python -m benchmarks.serving.run

.PHONY: bench-score
bench-score: $(VENV)/.local-installed  ## How fast `readmission score` is, against encoder and model alone
	$(BIN)/python scripts/bench_score.py
