#!/usr/bin/env bash
# Puts our own package and its command into a folder of their own: install_package.sh FOLDER.
set -euo pipefail
target=$1
/opt/pip/bin/pip wheel -q --no-deps --no-build-isolation --wheel-dir wheel .
/opt/pip/bin/pip install -q --no-compile --no-deps --target "$target" wheel/*.whl
mkdir -p "$target/bin"
# The guard matters: a spawned worker imports the script again.
printf '#!/opt/readmission/bin/python\nimport sys\n\nfrom readmission.cli import main\n\nif __name__ == "__main__":\n    sys.exit(main())\n' >"$target/bin/readmission"
chmod 0755 "$target/bin/readmission"
python3 -m compileall -q --invalidation-mode unchecked-hash "$target/readmission"
