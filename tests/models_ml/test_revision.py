import subprocess
from pathlib import Path

from models_ml.revision import code_revision


def test_a_checkout_is_named_by_its_commit(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        asked = ["git", "-C", str(tmp_path), *who, *words]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "-m", "first")
    assert code_revision(tmp_path) == git("rev-parse", "HEAD")


def test_a_copy_without_history_is_named_by_its_version(tmp_path: Path) -> None:
    assert code_revision(tmp_path).split(" ")[0] in {"looktag", "unknown"}
