.PHONY: evaluate
evaluate: $(VENV)/.local-installed  ## Measure the model over five splits, with baselines; writes docs/reference/model-quality.md
	$(BIN)/readmission evaluate --folder docs
