.PHONY: bench-data
bench-data: $(VENV)/.local-installed  ## How fast batches are read, by format, against the plain file
	$(BIN)/python scripts/bench_data.py
