"""The lessons of the book, run at once."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from run_lessons import NOT_TOLD  # noqa: E402

COMPILES = "import jax; print(jax.jit(lambda x: x + 1)(1)); import warnings; warnings.warn('another')"


def said(cache, **more):
    kept = {"JAX_COMPILATION_CACHE_DIR": str(cache), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
    done = subprocess.run([sys.executable, "-c", COMPILES], env=os.environ | kept | more, capture_output=True, text=True)
    assert done.stdout == "2\n", done.stderr
    return done.stderr


def test_a_program_that_is_half_written_is_compiled_anew_and_not_told(tmp_path):
    said(tmp_path)
    programs = [path for path in tmp_path.rglob("*-cache") if path.is_file()]
    assert programs
    half = {path: path.read_bytes()[:-9] for path in programs}

    def again(**more):
        for path, content in half.items():
            path.write_bytes(content)
        return said(tmp_path, **more)

    assert "Error reading persistent compilation cache" in again()
    told = again(PYTHONWARNINGS=NOT_TOLD)
    assert "persistent" not in told and "another" in told
