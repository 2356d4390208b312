# Images, compose, Kubernetes, other machines. docs/how-to has a page for each.
.venv-deploy/.installed: requirements/deploy-checks.txt
	@bash scripts/setup_deploy_checks.sh $<
	@touch $@

.PHONY: check-deploy
check-deploy: $(VENV)/.dev-installed .venv-deploy/.installed  ## Check images, compose and Kubernetes files without a cluster
	@bash scripts/check_deploy.sh

.PHONY: stand-ins
stand-ins: $(VENV)/.local-installed  ## Make images for a machine without a registry: base and third-party, from packages (root; docker or podman)
	@bash scripts/make_stand_ins.sh

.PHONY: images
images:  ## Build all images with buildah, podman or docker (IMAGES="ui mlflow" TAG=dev BASE_IMAGE=...@sha256:...)
	@bash scripts/build_images.sh $(IMAGES)

.PHONY: sbom
sbom: .venv-deploy/.installed  ## Write a bill of materials (CycloneDX) of each image from its lock to build/sbom
	@bash scripts/write_sboms.sh

.PHONY: deploy-secrets
deploy-secrets: $(VENV)/.local-installed  ## Make the passwords and keys of a deployment (deploy/config/secrets, git-ignored)
	@$(BIN)/readmission make-secrets deploy/config/secrets

COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)

.PHONY: compose-up
compose-up: deploy-secrets  ## Start the whole system by docker compose, run the chain, ask for a first prediction (CHAIN=no: start it only)
	$(COMPOSE) -f deploy/compose/compose.yaml --profile all up -d
	@[ "$(CHAIN)" = no ] || $(BIN)/readmission run-deployment deploy/config/secrets

.PHONY: compose-airflow
compose-airflow: deploy-secrets  ## Start Airflow alone by docker compose (HOSTS_ENV=machines/airflow.env: where the rest is)
	$(COMPOSE) -f deploy/compose/compose.yaml --profile airflow up -d

.PHONY: compose-inference
compose-inference: deploy-secrets  ## Start inference service and page alone (HOSTS_ENV=machines/inference.env: where the rest is)
	$(COMPOSE) -f deploy/compose/compose.yaml --profile inference up -d

.PHONY: compose-observability
compose-observability: deploy-secrets  ## Start Prometheus, Alertmanager and Grafana alone (TARGETS=three-machines: whom to scrape)
	$(COMPOSE) -f deploy/compose/compose.yaml --profile observability up -d

.PHONY: compose-down
compose-down: deploy-secrets  ## Stop what compose started, keep its volumes (VOLUMES=delete deletes them)
	$(COMPOSE) -f deploy/compose/compose.yaml --profile all --profile airflow --profile inference --profile observability down $(if $(filter delete,$(VOLUMES)),--volumes)

.PHONY: cluster-up
cluster-up: deploy-secrets  ## Start the system on the cluster of KUBECONFIG (OVERLAY=minikube DATASET=file.zip SETTINGS="A=1 B=2")
	@bash scripts/cluster_up.sh

.PHONY: cluster-down
cluster-down:  ## Take it off again, keep its volumes (VOLUMES=delete deletes them)
	@bash scripts/cluster_down.sh

.PHONY: minikube-up
minikube-up: deploy-secrets  ## From nothing to a running system on minikube (needs minikube, kubectl and the images)
	@bash scripts/minikube_up.sh

.PHONY: expose
expose:  ## Make a service reachable from other machines (SERVICE=inference-service ADDRESS=192.0.2.10 ALLOW=192.0.2.0/24)
	@$(BIN)/readmission expose $(SERVICE) --address $(ADDRESS) $(foreach network,$(ALLOW),--allow $(network))

.PHONY: check-deployment
check-deployment: $(VENV)/.dev-installed  ## Test a running system in any mode by its addresses (DEPLOYMENT=folder of its keys: deploy/config/secrets or .readmission; DEPLOYMENT_RESTART=command)
	@test -n "$(DEPLOYMENT)" || { echo "check-deployment: DEPLOYMENT names no folder of keys" >&2; exit 2; }
	@DEPLOYMENT="$(DEPLOYMENT)" DEPLOYMENT_RESTART="$(DEPLOYMENT_RESTART)" $(BIN)/python -m pytest tests/system/test_deployment.py -q -p no:cacheprovider $(if $(TESTS),-k "$(TESTS)")

.PHONY: check-cluster
check-cluster: $(VENV)/.dev-installed  ## The same against the cluster of KUBECONFIG, through port-forwards
	@DEPLOYMENT_RESTART="$(DEPLOYMENT_RESTART)" bash scripts/check_cluster.sh

.PHONY: check-engines
check-engines: $(VENV)/.dev-installed  ## Compose and Kubernetes for real on small data, if engines can be started (root; ON="compose kubernetes" ENGINES=folder)
	@bash scripts/check_engines.sh
