"""What comes with the press of a pay button: nothing about cards, ever."""

import uuid
from typing import Any

from django import forms


class PayForm(forms.Form):
    """`key` makes a double click, or the same form sent again, one payment."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"key": uuid.uuid4()})
        super().__init__(*args, **kwargs)
