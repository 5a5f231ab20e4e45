import pytest

from tests.factories.whole_person import written_about


@pytest.fixture
def story(clinical_files, ann, zoe, dr_lee):
    """Ann's and Zoe's rows and words, and two files of each."""
    return {user.first_name: written_about(user, dr_lee) for user in (ann, zoe)}
