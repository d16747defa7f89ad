"""What tests of the engines share."""

import os
from collections.abc import Iterator

import pytest

from metric_tui.engines.rollup import kernels


@pytest.fixture(scope="module", params=["numpy", "compiled"])
def either_reader(request: pytest.FixtureRequest) -> Iterator[None]:
    """Rows are taken apart by numpy, then by the compiled loops; what is read must be the same."""
    before = os.environ.get(kernels.SWITCH)
    os.environ[kernels.SWITCH] = "0" if request.param == "numpy" else "1"
    kernels.library.cache_clear()
    try:
        if request.param == "compiled" and kernels.library() is None:
            pytest.skip("installed without a C compiler")
        yield
    finally:
        if before is None:
            del os.environ[kernels.SWITCH]
        else:
            os.environ[kernels.SWITCH] = before
        kernels.library.cache_clear()
