"""The history of plans in words."""

from __future__ import annotations

from typing import Any

from app.core.i18n import _l
from app.history import words

PLAN_VERBS: dict[str, Any] = {
    "plan.started": _l("Plan started"),
    "plan.facts_changed": _l("Answers about the customer changed"),
    "plan.trainings_changed": _l("Trainings of the plan changed"),
    "plan.training_added": _l("Training added"),
    "plan.training_removed": _l("Training removed"),
    "plan.training_people": _l("Participants of a training chosen"),
    "plan.session_planned": _l("Session planned for a training"),
    "plan.session_let_go": _l("Session no longer held for a training"),
    "plan.upgraded": _l("Newer version of the playbook applied"),
    "plan.edited": _l("Details of the plan changed"),
    "plan.manager_set": _l("Account manager changed"),
    "plan.archived": _l("Plan archived"),
    "plan.reopened": _l("Plan reopened"),
    "plan.moved": _l("Moved to another account"),
    "plan.days_agreed": _l("Agreed days changed"),
    "plan.paused": _l("Clock paused"),
    "plan.resumed": _l("End of the pause set"),
    "plan.pause_dropped": _l("Pause removed"),
    "plan.forecast_moved": _l("Expected finish moved"),
    "plan.kickoff_reached": _l("Kick-off held"),
    "plan.kickoff_undone": _l("Kick-off is still to be held"),
    "plan.golive_reached": _l("Gone live"),
    "plan.golive_undone": _l("Going live taken back"),
}
CONTACT_VERBS: dict[str, Any] = {
    "plan_contact.added": _l("Person added"),
    "plan_contact.edited": _l("Details of the person changed"),
    "plan_contact.ended": _l("Person takes part no longer"),
    "plan_contact.invited": _l("Personal link sent"),
    "plan_contact.reminders_set": _l("Reminders switched on or off"),
}
TASK_VERBS: dict[str, Any] = {
    "plan_task.added": _l("Task added"),
    "plan_task.edited": _l("Task edited"),
    "plan_task.order_set": _l("Order of the tasks changed"),
    "plan_task.removed": _l("Task removed"),
    "plan_task.upgraded": _l("Task brought in line with the playbook"),
    "plan_task.gone": _l("Task no longer needed"),
    "plan_task.came_back": _l("Task needed again"),
    "plan_task.done": _l("Task done"),
    "plan_task.undone": _l("Task opened again"),
    "plan_task.handed_in": _l("Handed in"),
    "plan_task.answer_changed": _l("Answer changed"),
    "plan_task.approved": _l("Approved"),
    "plan_task.returned": _l("Given back"),
    "plan_task.presented": _l("New version ready"),
    "plan_task.accepted": _l("Document accepted"),
    "plan_task.not_applicable": _l("Not applicable"),
    "plan_task.applicable": _l("To be done after all"),
    "plan_task.stuck": _l("Stuck"),
    "plan_task.unstuck": _l("Goes on"),
    "plan_task.waits": _l("Waits for somebody else"),
    "plan_task.waits_no_more": _l("Waits no longer"),
    "plan_task.assigned": _l("Responsible person changed"),
    "plan_task.due_set": _l("Deadline changed"),
    "plan_task.commented": _l("Message written"),
    "plan_task.noted": _l("Internal note written"),
    "plan_task.file_added": _l("File added"),
    "plan_task.file_removed": _l("File removed"),
    "plan_task.handed_over": _l("Handed to somebody by a link"),
    "plan_task.handover_ended": _l("Link to the task closed"),
    "plan_task.option_taken_back": _l("Ordered option taken back"),
    "plan_task.secret_kept": _l("Key entered"),
    "plan_task.secret_revealed": _l("Key shown to one of the staff"),
    "plan_task.secret_deleted": _l("Key deleted"),
}

words.name({**PLAN_VERBS, **CONTACT_VERBS, **TASK_VERBS})
