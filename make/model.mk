.PHONY: evaluate
evaluate: $(VENV)/.local-installed  ## Measure the model over five splits, with baselines (about 10 minutes); writes docs/reference/model-quality.md
	$(BIN)/readmission evaluate --folder docs
