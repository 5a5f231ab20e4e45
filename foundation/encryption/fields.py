"""Model fields that the database holds sealed.

A value is bound to its table, column and row: moved anywhere else it does not open. The
row is told by an unchanging unique field (`bound_to`, usually `public_id`). Instances
show plain values, opened when they are first asked for, so a list that does not show
them costs nothing. `.values()` and `.values_list()` give `Sealed`, never plain text;
filtering by content and `.update()` with plain text raise FieldError. Empty text stays
empty, so that "is there any" can be asked of the database.

Renaming such a table, column or `bound_to` field makes its values unreadable: unseal
before and seal after, as `sealing` does in migrations.
"""

import json
from typing import Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from foundation.encryption.keyring import Unopened, key_id, keyring


class Sealed:
    """What the database holds. Shows nothing when printed."""

    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        self.token = token

    def __repr__(self) -> str:
        return "<sealed>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)


def place(table: str, column: str, row: Any) -> bytes:
    """What a value is bound to."""
    return f"{table}.{column}:{row}".encode()


class _OpensWhenAsked(DeferredAttribute):
    """Keeps what the database gave until somebody reads it."""

    field: Any

    # With __set__ this wins over the instance's own dictionary.
    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            value = self.field.open(instance, value)
            instance.__dict__[self.field.attname] = value
        return value


class _Encrypted(models.Field):
    """What both fields share. Goes before the plain field it seals."""

    descriptor_class = _OpensWhenAsked

    def __init__(self, *args: Any, bound_to: str = "public_id", **kwargs: Any) -> None:
        self.bound_to = bound_to
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.bound_to != "public_id":
            kwargs["bound_to"] = self.bound_to
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "TextField"

    def db_type_parameters(self, connection: Any) -> Any:
        return models.Field.db_type_parameters(self, connection)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_bound_to()]

    def _check_bound_to(self) -> list[checks.CheckMessage]:
        try:
            anchor: Any = self.model._meta.get_field(self.bound_to)
        except FieldDoesNotExist:
            anchor = None
        if anchor is not None and anchor.unique and anchor.has_default():
            return []
        if anchor is not None and anchor.unique and not anchor.null:
            return []
        return [
            checks.Error(
                f"{self.bound_to} must be a unique field of this model.",
                obj=self,
                id="foundation.E001",
            )
        ]

    # --- Sealing and opening ---------------------------------------------------

    def _place(self, instance: models.Model) -> bytes:
        row = getattr(instance, self.bound_to)
        if row is None:
            raise ValueError(
                f"{self.bound_to} must be set before {self.name} is saved."
            )
        return place(instance._meta.db_table, self.column or "", row)

    def open(self, instance: models.Model, sealed: Sealed) -> Any:
        """The plain value of this row. Raises Unopened."""
        plain = keyring().open(sealed.token, self._place(instance)).decode()
        return self._parse(plain)

    def seal(self, instance: models.Model, value: Any) -> Sealed:
        """The value, for this row and no other. Raises TypeError for what only the
        database could work out, such as its own default: it cannot seal."""
        if hasattr(value, "resolve_expression"):
            raise TypeError(f"{self.name} cannot be sealed: it is no value.")
        plain = self._format(value).encode()
        return Sealed(keyring().seal(plain, self._place(instance)))

    def _format(self, value: Any) -> str:
        return str(value)

    def _parse(self, text: str) -> Any:
        return text

    # --- To and from the database ----------------------------------------------

    def from_db_value(self, value: Any, *args: Any) -> Any:
        return value if value is None or value == "" else Sealed(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, Sealed):
            if key_id(value.token) == keyring().active:
                return value
            value = self.open(model_instance, value)
        elif value is None or self._is_blank(value):
            return value
        return self.seal(model_instance, value)

    def _is_blank(self, value: Any) -> bool:
        return value == ""

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Sealed):
            return value.token
        if value is None or value == "":
            return value
        raise FieldError(
            f"{self.name} is sealed. It cannot be looked for by its content, and is "
            "written by saving an instance."
        )

    def get_db_prep_value(
        self, value: Any, connection: Any, prepared: bool = False
    ) -> Any:
        return value if prepared else self.get_prep_value(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return self.get_db_prep_value(value, connection)

    def get_lookup(self, lookup_name: str) -> Any:
        lookups = {"exact": models.lookups.Exact, "isnull": models.lookups.IsNull}
        if lookup_name in lookups:
            return lookups[lookup_name]
        raise FieldError(
            f"{self.name} is sealed: it knows `=''` and `isnull`, not {lookup_name}."
        )

    def get_transform(self, lookup_name: str) -> Any:
        return None

    def value_to_string(self, obj: models.Model) -> str:
        # For dumpdata: plain text would leave the house unnoticed.
        sealed = self.pre_save(obj, add=False)
        return sealed.token if isinstance(sealed, Sealed) else ""


class EncryptedTextField(_Encrypted, models.TextField):
    """Text of which the database knows at most whether there is any.

    `max_length` counts characters of the plain text, for forms; the column is not
    limited.
    """


class EncryptedJSONField(_Encrypted, models.JSONField):
    """Data that the database cannot read. Always sealed, even when empty."""

    def _format(self, value: Any) -> str:
        return json.dumps(value)

    def _parse(self, text: str) -> Any:
        return json.loads(text)

    def _is_blank(self, value: Any) -> bool:
        return False

    def from_db_value(self, value: Any, *args: Any) -> Any:
        if value == "":
            raise Unopened(f"{self.name} is empty: what stood there is lost.")
        return None if value is None else Sealed(value)


class BlindIndexField(models.CharField):
    """Finds rows by the exact content of a sealed field beside it.

    HMAC-SHA256 under a key of its own over the text as `normalised`, bound to table and
    column. Filled when the row is saved; empty for an empty text. Look for it with
    `value_for`. Equal texts have equal values, so it suits random or rare content only.
    """

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def value_for(self, text: str) -> str:
        """What stands in this column where the sealed field holds `text`."""
        plain = normalised(text)
        if not plain:
            return ""
        table = self.model._meta.db_table
        return keyring().blind(plain, f"{table}.{self.column}".encode())

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.value_for(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, value)
        return value


def normalised(text: str) -> str:
    """Capitals without spaces and hyphens, as people read numbers out."""
    return "".join(text.split()).replace("-", "").upper()
