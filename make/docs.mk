.PHONY: pictures
pictures: $(VENV)/.dev-installed  ## Take the pictures of the page from the running platform
	$(BIN)/python -m scripts.pictures_of_page

.PHONY: docs
docs: $(VENV)/.dev-installed  ## Write the generated reference pages again
	$(BIN)/python scripts/generate_docs.py
