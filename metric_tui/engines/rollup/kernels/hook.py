"""Builds the compiled loops with the package, where there is a C compiler; else it goes without."""

import os
import shlex
import shutil
import subprocess
import sysconfig
import zlib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("metric_tui/engines/rollup/kernels")
FLAGS = ("-O3", "-std=c11", "-fPIC", "-shared", "-ffp-contract=off")


class KernelsHook(BuildHookInterface[Any]):  # type: ignore[misc, unused-ignore]
    """Puts the library into wheels, and beside its source where the package is used in place."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; without a compiler, or where it fails, the package is pure Python as it is."""
        if self.target_name != "wheel":
            return
        folder = Path(self.root) / FOLDER
        library = folder / "_kernels.so"
        if not _is_compiled(folder / "kernels.c", library):
            library.unlink(missing_ok=True)
            self.app.display_info("no C compiler that works: large stores are read by numpy alone")
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        # it is loaded by ctypes, so one library serves every version of Python
        build_data["tag"] = f"py3-none-{platform}"
        build_data["artifacts"].append(str(FOLDER / library.name))


def _is_compiled(source: Path, library: Path) -> bool:
    for name in filter(None, (os.environ.get("CC"), "cc", "gcc", "clang")):
        compiler = shlex.split(name)
        if shutil.which(compiler[0]) is None:
            continue
        fresh = library.with_suffix(".new")
        version = f"-DKERNELS_VERSION={zlib.crc32(source.read_bytes())}LL"
        command = [*compiler, *FLAGS, version, "-o", str(fresh), str(source)]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            # a process that has the old one open keeps it
            fresh.replace(library)
            return True
        fresh.unlink(missing_ok=True)
    return False
