"""What an editor finds when they come in."""

from django.db import transaction
from wagtail.users.models import UserProfile

from accounts.models import User
from clinic.identity.queries import current


@transaction.atomic
def settle_in(*, user: User) -> None:
    """Give an editor who has chosen no time zone the clinic's.

    In it the CMS shows times and takes the one at which a page goes live: "9:00" means
    nine at the clinic, in summer too. What they choose themselves stays.
    """
    profile = UserProfile.get_for_user(user)
    if not profile.current_time_zone:
        profile.current_time_zone = current().time_zone
        profile.save(update_fields=["current_time_zone"])
