.PHONY: bench-serving
bench-serving: $(VENV)/.dev-installed  ## Our service beside MLflow, BentoML, LitServe, MLServer, Ray Serve and FastAPI (writes the page)
	@$(BIN)/python -m benchmarks.serving.run
