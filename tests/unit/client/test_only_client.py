"""Nothing but `readmission.client` knows how the inference service is called."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HTTP = {"httpx", "urllib", "http", "requests"}
CALLS = ("/predict", "/explain", "/outcomes", "/models", "/promotions")
SERVER = "src/readmission/services/inference_service/"
CLIENT = "src/readmission/client/"


def calls_it_by_itself(file: Path) -> bool:
    """True if a module opens HTTP connections and writes a path of the service."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported = {
        alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {(node.module or "").partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return bool(HTTP & imported) and any(text.startswith(CALLS) for text in texts)


def test_there_is_one_client_of_the_inference_service() -> None:
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "load_tests").rglob("*.py")]
    names = {str(file.relative_to(ROOT)) for file in files if calls_it_by_itself(file)}
    assert {name for name in names if not name.startswith((SERVER, CLIENT))} == set()
