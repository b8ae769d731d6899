"""What the launcher chooses where nothing is set."""

import pytest

from scripts.launcher.config import default_gateways


@pytest.mark.parametrize(
    ("cores", "gateways"), [(1, 1), (2, 1), (3, 1), (4, 2), (16, 8), (512, 64)]
)
def test_gateways_by_cores(cores: int, gateways: int) -> None:
    assert default_gateways(cores) == gateways
