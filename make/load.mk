# Load test against the running platform; see docs/how-to/run-a-load-test.md.
USERS ?= 1000
TIME ?= 2m
SCENARIO ?= single
SHAPE ?= steady
LOAD_PROCESSES ?= 2

.PHONY: load
load: $(VENV)/.local-installed  ## Load test (USERS=1000 TIME=2m SCENARIO=single|ward|explain|outcomes|mixed SHAPE=steady|spike|soak WEB=1 DOCS=1)
	@$(BIN)/python -m load_tests.run --users $(USERS) --time $(TIME) --scenario $(SCENARIO) --shape $(SHAPE) \
	  --processes $(LOAD_PROCESSES) $(if $(WEB),--web) $(if $(DOCS),--docs) \
	  $(if $(LISTEN),--listen $(LISTEN) --workers $(or $(WORKERS),1)) $(if $(JOIN),--join $(JOIN))
