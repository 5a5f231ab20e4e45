import pytest

from tests.cms import TwoDoorsClient


@pytest.fixture
def client():
    """Two programs: what is under /cms/ is answered by the CMS, as its own role."""
    return TwoDoorsClient()
