.PHONY: bench-data
bench-data: $(VENV)/.dev-installed  ## The data path, HTTP to raw to clean, beside plain COPY, pandas and row by row; reading by format; training's memory
	$(BIN)/python -m benchmarks.data.path --rows 100000
	$(BIN)/python scripts/bench_data.py
	$(BIN)/python -m benchmarks.data.training --rows 100000
