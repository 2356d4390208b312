"""MLflow's server behind a login and a wall: who may call what, and where artifacts may lie."""
