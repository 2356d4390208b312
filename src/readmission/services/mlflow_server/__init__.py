"""MLflow's server with its login switched on: what compose and Kubernetes run."""
