.PHONY: pictures
pictures: $(VENV)/.dev-installed  ## Take the pictures of the page from the running platform
	$(BIN)/python -m scripts.pictures_of_page

.PHONY: docs
docs: $(VENV)/.dev-installed  ## Write the generated reference pages again
	$(BIN)/python scripts/generate_docs.py

.venv-docs/.installed: requirements/docs-site.txt
	@bash scripts/setup_deploy_checks.sh $< .venv-docs
	@touch $@

.PHONY: docs-site
docs-site: .venv-docs/.installed  ## Build the documentation as a site (build/docs-site/site); a link that leads nowhere fails
	@$(PYTHON) scripts/docs_site.py

.PHONY: record-calls
record-calls: $(VENV)/.dev-installed  ## Make the APIs' example calls on running services and write their answers down again
	RECORD_CALLS=1 $(BIN)/python -m pytest tests/integration/test_example_calls.py -q -p no:cacheprovider
	@$(MAKE) --no-print-directory docs
