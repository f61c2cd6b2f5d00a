"""Forms: `BaseForm`, `Part` and `Repeat` to build them, the kinds of field, and `Required` and `Optional`."""

from app.core.forms.base import BaseForm, Optional, Part, Problem, Repeat, Required, is_blank, typed_in_vain
from app.core.forms.choices import ChoiceField, CountryField, MultiChoice, Option, RadioChoice, country_choices
from app.core.forms.control import Control
from app.core.forms.fields import (
    NOTE_LIMIT,
    AmountField,
    DateField,
    EmailField,
    HiddenField,
    IntegerField,
    NoteField,
    PasswordField,
    RateField,
    TextField,
    TickField,
    UrlField,
)
from app.core.forms.of_country import IdentifierField, PhoneField, PostcodeField
from app.core.forms.times import MomentForm, TimeField, TimesField

__all__ = [
    "NOTE_LIMIT",
    "AmountField",
    "BaseForm",
    "ChoiceField",
    "Control",
    "CountryField",
    "DateField",
    "EmailField",
    "HiddenField",
    "IdentifierField",
    "IntegerField",
    "MomentForm",
    "MultiChoice",
    "NoteField",
    "Option",
    "Optional",
    "Part",
    "PasswordField",
    "PhoneField",
    "PostcodeField",
    "Problem",
    "RadioChoice",
    "RateField",
    "Repeat",
    "Required",
    "TextField",
    "TickField",
    "TimeField",
    "TimesField",
    "UrlField",
    "country_choices",
    "is_blank",
    "typed_in_vain",
]
