from django.utils import timezone

from accounts.proxies.services import end_what_is_over, warn_of_ages


def keep_ends() -> None:
    """Tell before an age ends somebody's acting, and write down what dates ended."""
    at = timezone.now()
    warn_of_ages(at=at)
    end_what_is_over(at=at)
