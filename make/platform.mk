# The local platform: every part as a process of this machine.
.PHONY: up
up: setup  ## Start everything and run the chain of DAGs (READMISSION_DATASET=auto|uci|synthetic|PATH)
	@$(BIN)/readmission up

.PHONY: status
status:  ## Show every part
	@$(BIN)/readmission status

.PHONY: logs
logs:  ## Last entries of all logs (PART=mlflow for one, LEVEL=warning, FOLLOW=1 to go on)
	@$(BIN)/readmission logs $(PART) $(if $(LEVEL),--level $(LEVEL)) $(if $(FOLLOW),--follow)

.PHONY: down
down:  ## Stop everything, keep the data
	@$(BIN)/readmission down

.PHONY: clean
clean:  ## Stop everything and delete the state folder (asks first; YES=1 does not ask)
	@$(BIN)/readmission clean $(if $(YES),--yes)
