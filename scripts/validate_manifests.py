"""Validate rendered manifests strictly against Kubernetes 1.32 and our own schemas of custom resources.

Runs in `.venv-deploy`. An unknown kind fails: kubernetes-validate alone only warns.
"""

import json
import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

VERSION = "1.32"
SCHEMAS = Path(__file__).resolve().parents[1] / "deploy" / "kubernetes" / "schemas"


def problems(path: Path) -> tuple[int, list[str]]:
    """How many resources a file holds, and every problem, one line each."""
    found, count, seen = [], 0, set()
    for resource in filter(None, yaml.safe_load_all(path.read_text(encoding="utf-8"))):
        count += 1
        kind, api = str(resource.get("kind")), str(resource.get("apiVersion"))
        name = f"{path.name}: {kind} {resource.get('metadata', {}).get('name')}"
        if name in seen:
            found.append(f"{name}: there twice")
        seen.add(name)
        custom = SCHEMAS / f"{kind.lower()}-{api.replace('/', '-')}.json"
        try:
            if custom.is_file():
                jsonschema.Draft202012Validator(json.loads(custom.read_text(encoding="utf-8"))).validate(resource)
            else:
                kubernetes_validate.validate(resource, VERSION, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            found.append(f"{name}: no schema of {api} in Kubernetes {VERSION} nor in deploy/kubernetes/schemas")
        except (kubernetes_validate.ValidationError, jsonschema.ValidationError) as error:
            found.append(f"{name}: {'.'.join(map(str, error.path))}: {error.message}")
    return count, found


if __name__ == "__main__":
    broken: list[str] = []
    for argument in sys.argv[1:]:
        resources, lines = problems(Path(argument))
        broken += lines if resources else [f"{argument}: empty"]
        sys.stdout.write(f"check-deploy: {Path(argument).name}: {resources} resources\n")
    sys.stdout.writelines(line + "\n" for line in broken)
    sys.exit(1 if broken else 0)
