"""What an editor may do in the CMS."""

from typing import Any

from django.contrib.auth.backends import ModelBackend


class GroupRights(ModelBackend):
    """The rights of groups, which is where Wagtail keeps them. Signs nobody in."""

    def authenticate(self, *args: Any, **kwargs: Any) -> None:
        return None
