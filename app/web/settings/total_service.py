"""How the total service is run: when silent service partners are reminded, and what counts as clearly nearer."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from flask.wrappers import Response

from app.access.guard import requires
from app.access.permissions import P
from app.core.forms import IntegerField, Required
from app.core.i18n import _, _l
from app.web.settings.door import SettingsForm, blueprint, page, values_now

_DAYS = [Required(_l("Enter the number of days"))]


class TotalServiceForm(SettingsForm):
    """Working days of silence, and kilometres."""

    followup_remind_workdays = IntegerField(
        _l("Working days to the first reminder"),
        _DAYS,
        least=1,
        most=60,
        description=_l("Counted from the day on which a follow-up was assigned, without an answer."),
    )
    followup_remind_again_workdays = IntegerField(_l("Working days to the second reminder"), _DAYS, least=1, most=60)
    followup_hand_back_workdays = IntegerField(
        _l("Working days until it is taken back"),
        _DAYS,
        least=1,
        most=60,
        description=_l("The follow-up then waits for a coordinator again, and the service partner sees it no longer."),
    )
    clearly_nearer_km = IntegerField(
        _l("Kilometres that count as clearly nearer"),
        [Required(_l("Enter the number of kilometres"))],
        least=0,
        most=2000,
        description=_l("A service partner is proposed for its region if it is nearer than every other by as much."),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        names = ("followup_remind_workdays", "followup_remind_again_workdays", "followup_hand_back_workdays")
        for earlier, later in pairwise(names):
            if self[earlier].errors or self[later].errors:
                continue
            if self[later].data <= self[earlier].data:
                self[later].errors = [_("Enter more working days than for what comes before it")]
                valid = False
        return valid


@blueprint.route("/total-service", methods=["GET", "POST"])
@requires(P.SETTINGS_MANAGE)
def total_service() -> Response:
    form = TotalServiceForm(data=values_now())
    return page(form, "settings/total_service.html", "settings_desk.total_service")
