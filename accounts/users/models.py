from typing import Any, ClassVar

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.db import models
from django.db.models.functions import Lower

from audit.entries.models import Category
from foundation.models import Public, Timestamped
from foundation.passwords import LONG_ENOUGH_ALONE, normalised
from foundation.permissions import predicate_for
from foundation.personal import PersonalQuerySet, Reads


class Role(models.TextChoices):
    PATIENT = "PATIENT", "Patient"
    DOCTOR = "DOCTOR", "Doctor"
    NURSE = "NURSE", "Nurse"
    RECEPTIONIST = "RECEPTIONIST", "Receptionist"
    BILLING = "BILLING", "Billing"
    AUTHOR = "AUTHOR", "Author"
    PUBLISHER = "PUBLISHER", "Publisher"
    CLINICAL_REVIEWER = "CLINICAL_REVIEWER", "Clinical reviewer"
    MEDICAL_ADMIN = "MEDICAL_ADMIN", "Medical administrator"
    ADMIN = "ADMIN", "Administrator"


# Roles of the public wing. They give no right over care.
EDITORIAL_ROLES = frozenset({Role.AUTHOR, Role.PUBLISHER, Role.CLINICAL_REVIEWER})
# Roles that open the CMS. Each is also a group of the same name, because the CMS
# grants its permissions to groups.
CMS_ROLES = EDITORIAL_ROLES | {Role.ADMIN}
# Roles that work with patients' data.
CARE_ROLES = frozenset(
    {Role.DOCTOR, Role.NURSE, Role.RECEPTIONIST, Role.BILLING, Role.MEDICAL_ADMIN}
)
STAFF_ROLES = frozenset(CARE_ROLES | {Role.ADMIN})
# Roles that give others power or see everything: two people give them.
TWO_PERSON_ROLES = frozenset({Role.ADMIN, Role.MEDICAL_ADMIN})


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> PersonalQuerySet:
        """Users who are asked for themselves leave a trace in the access log."""
        return PersonalQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by address, whatever its capitals."""
        return self.get(email__iexact=username)

    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Add a user. Without a password only e-mailed codes and links sign in."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Add a user whom Django and the CMS let do everything. Care data not."""
        return self.create_user(email, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin, Public, Timestamped):
    """Somebody who can sign in, with the e-mail address as the name."""

    reads = Reads(Category.ACCOUNTS)

    email = models.EmailField(max_length=254, unique=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    suspended_at = models.DateTimeField(
        null=True, blank=True, help_text="Set while the sign-in is switched off."
    )
    access_ends_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="From then on no role counts: the end of their last day here.",
    )
    time_zone = models.CharField(
        max_length=64, blank=True, help_text="IANA name. Empty: the clinic's."
    )
    language = models.CharField(max_length=10, default="en")
    has_second_factor = models.BooleanField(
        default=False, help_text="An app or a passkey is asked for at sign-in."
    )
    has_code_factor = models.BooleanField(
        default=False,
        help_text="A code by e-mail or text is asked for at sign-in, of patients.",
    )
    factor_epoch = models.PositiveIntegerField(
        default=1,
        help_text="Rises with every change of factors: proofs of before are void.",
    )
    has_short_password = models.BooleanField(
        default=False, help_text="The password is too short to stand alone."
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case")
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.email

    def set_password(self, raw_password: str | None) -> None:
        """Hash the password as `normalised`, and note whether it could stand alone."""
        clean = None if raw_password is None else normalised(raw_password)
        super().set_password(clean)
        self.has_short_password = clean is not None and len(clean) < LONG_ENOUGH_ALONE

    def check_password(self, raw_password: str | None) -> bool:
        """Compare as `normalised`: the same word typed on another keyboard fits."""
        return super().check_password(normalised(raw_password or ""))

    @property
    def is_staff(self) -> bool:
        """Whether Django's own admin would open. It has no door here."""
        return False

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Ask our rules first; they bind superusers too.

        Names without a rule (those of Django and the CMS) go the usual way.
        """
        rule = predicate_for(perm)
        if rule is not None:
            return self.is_active and rule(self, obj)
        return super().has_perm(perm, obj)


class Place(Public):
    """A unit of the clinic that a role can be limited to.

    Every location has one. It lives here, below the locations, so that roles can be
    scoped without the ground floor looking up.
    """

    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name


class RoleAssignment(Timestamped):
    """A user has a role, at one place or (place empty) everywhere."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="role_assignments"
    )
    role = models.CharField(max_length=20, choices=Role)
    place = models.ForeignKey(
        Place, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "place"],
                name="role_once_per_place",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} ({self.place or 'everywhere'})"
