.PHONY: docs
docs: $(VENV)/.dev-installed  ## Write the generated reference pages again
	$(BIN)/python scripts/generate_docs.py
