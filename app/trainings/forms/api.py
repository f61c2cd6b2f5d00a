"""What programs ask about trainings."""

from __future__ import annotations

from app.core.api import ChangesForm, MomentField
from app.core.forms import ChoiceField, Optional, TextField
from app.core.i18n import _l
from app.trainings.models import SessionState


class TrainingFilter(ChangesForm):
    state = ChoiceField(_l("In this state only"), [Optional()], choices=[(state, state) for state in SessionState])
    trainer = TextField(_l("Of the trainer with this reference only"), [Optional()], limit=20)
    series = TextField(_l("Of the series with this reference only; `none` for single sessions"), [Optional()], limit=20)
    q = TextField(_l("Words to look for: reference, title, place, a participant's address"), [Optional()], limit=200)
    starts_since = MomentField(_l("Beginning at this moment or later"), [Optional()])
