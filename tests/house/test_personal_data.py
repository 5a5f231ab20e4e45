"""No table and no short cut lets data of people out past the access log."""

import ast
from pathlib import Path

from django.apps import apps
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
CARE = ("accounts", "notifications", "booking", "records", "billing")
# Tables of the care side whose rows leave no trace of their own, and why.
SILENT = {
    "accounts.Place": "a unit of the clinic",
    "accounts.RoleAssignment": "shown with the account only",
    "accounts.CareRelation": "who treats whom is asked, never shown",
    "accounts.Session": "where somebody is signed in; shown to its owner",
    "accounts.Device": "told to its owner by mail, never shown",
    "accounts.RememberedDevice": "shown to its owner",
    "accounts.AuthenticatorApp": "shown to its owner; its secret never",
    "accounts.BackupCode": "a hash; its owner sees how many are left",
    "accounts.CodeFactor": "shown to its owner",
    "accounts.SentCode": "a hash; its owner sees part of where it went",
    "accounts.Tries": "never shown",
    "accounts.Reset": "shown with its account, and to whoever got its link",
    "accounts.Application": "a program, nobody's data",
    "accounts.Authorisation": "what acts in somebody's name; shown to them",
    "accounts.AccessToken": "a hash; never shown",
    "accounts.RefreshToken": "a hash; never shown",
    "accounts.MachineKey": "who asked for and agreed to what, for administrators",
    "accounts.AgeRule": "one number and a zone",
    "accounts.Ticket": "hashes that let an editor into the CMS; never shown",
    "accounts.CmsSession": "never shown",
    "accounts.ConsentText": "words that everybody reads",
    "notifications.Preference": "whether a channel is on; shown to its owner",
    "booking.StatusChange": "shown with its appointment only",
    "booking.Move": "shown with its appointment only",
    "booking.Feed": "a hash; whether there is one, its owner sees",
    "booking.Alternative": "shown with its appointment only",
    "booking.Disruption": "a doctor's day, without its visits",
    "booking.StrayDecision": "shown with its appointment only",
    "booking.WorkingHours": "a doctor's hours",
    "booking.Break": "a doctor's hours",
    "booking.AvailabilityException": "a doctor's hours",
    "booking.BusyTime": "when a doctor is taken; by what, nobody knows",
    "booking.ImportedCalendar": "a doctor's, with its address sealed and never shown",
    "booking.Draft": "opens in the browser that began it alone",
    "booking.Reminder": "never shown",
    "booking.ReviewAsk": "never shown",
    "records.Questionnaire": "what the clinic asks, of nobody",
    "records.QuestionnaireItem": "what the clinic asks, of nobody",
    "records.Upload": "how much of a file has arrived; told to who sends it",
    "records.UploadPart": "never shown",
    "booking.FreedTime": "a time of the calendar; whose it was is not shown",
    "booking.WaitlistRules": "two numbers",
    "booking.QueueRules": "three numbers and a switch, of the clinic or a location",
    "booking.Screen": "a display on a wall",
    "booking.TurnChange": "shown with its visit only",
    "records.PrescriptionItem": "shown with its prescription only",
}
# Fields that say nothing of a person, whoever's row they are of.
PLAIN = {
    "pk", "id", "role", "place_id", "patient_id", "user_id", "doctor_id", "channel",
    "slug", "title", "name", "plain_name", "practitioner_name", "also_known_as",
    "location__time_zone", "listed", "at", "patient__isnull", "starts_time",
    "ends_time", "position", "location_id", "specialty_id",
}  # fmt: skip
# Short cuts past the rows that show nothing which the log misses, and why.
BESIDE = {
    ("booking/feeds/queries.py", "values_list"): (
        "initials and times for a calendar; each reading is recorded by feed.read"
    ),
    ("booking/reviews/queries.py", "values"): (
        "which visits were asked about, and averages by doctor; nobody's own words"
    ),
    ("booking/reviews/queries.py", "values_list"): (
        "what the clinic shows to everybody, without whose visit it was"
    ),
    ("portal/dashboards/calendar/queries/tables.py", "values_list"): (
        "counted by day and status for a month; whose visits they are is not said"
    ),
    ("portal/dashboards/disruptions/queries.py", "values_list"): (
        "how far messages about visits got; the visits are loaded beside it"
    ),
    ("accounts/emergency_access/queries.py", "values_list"): (
        "compared with what was typed; whoever fits is loaded then, nobody else shown"
    ),
    ("accounts/patients/permissions.py", "values_list"): (
        "keys and scopes of those for whom one acts; a rule compares with them"
    ),
    ("accounts/proxies/models.py", "values"): "a date, reckoned from the clinic's age",
    ("accounts/proxies/queries.py", "values_list"): (
        "for whom one acts stands in the frame of one's own pages, by name only"
    ),
    ("booking/suggestions/queries/knowing.py", "values_list"): (
        "when doctors are taken; whose visits they are is not said"
    ),
    ("booking/appointments/queries/conflicts.py", "values_list"): (
        "times that are compared with the hours; a visit that is shown is loaded then"
    ),
    ("booking/appointments/queries/follow_ups.py", "values"): (
        "which visits of a patient have a follow-up, asked in the same statement"
    ),
    ("booking/appointments/queries/obstacles.py", "values_list"): (
        "when a doctor, a room or the patient is taken; whose visits they are is not"
        " said"
    ),
    ("booking/appointments/queries/sharing.py", "values_list"): (
        "when a doctor is taken, for who overbooks; whose visits they are is not said"
    ),
    ("records/responses/tasks.py", "values_list"): (
        "keys of messages that there are, for a job; shown to nobody"
    ),
    ("records/responses/queries/standing.py", "values_list"): (
        "whether forms are sent, without the answers; who reads those loads them"
    ),
    ("portal/api/queries.py", "values_list"): (
        "where the next page begins, of a row that the last one showed"
    ),
    ("accounts/consents/queries.py", "values"): "versions of texts, about nobody",
    ("portal/breaches/queries.py", "values"): (
        "sums of the log itself; the patients are loaded for who may see names"
    ),
    ("portal/breaches/queries.py", "values_list"): (
        "patients' numbers for administrators, and which records were merged"
    ),
    ("clinic/resources/queries.py", "values"): "how much is offered in a room",
    ("portal/merges/queries/likely.py", "values_list"): (
        "names that are compared; whoever is shown is loaded then, nobody else shown"
    ),
    ("portal/merges/queries/undoing.py", "values_list"): (
        "keys of rows and of those they point at; a visit that is shown is loaded then"
    ),
    ("portal/policy_reports/views.py", "values"): "about pages, not about people",
    ("portal/orphans/queries.py", "values_list"): (
        "random names of files, compared with those in the storage; shown to nobody"
    ),
    ("portal/backups/facts.py", "values"): "sums by currency, of nobody in particular",
    ("portal/dashboards/access_reports/queries.py", "values_list"): (
        "patients' numbers for administrators, who may see no names"
    ),
}


def test_every_table_of_people_says_what_it_holds():
    missing = {
        model._meta.label
        for app in CARE
        for model in apps.get_app_config(app).get_models()
        if not hasattr(model, "reads")
    }
    assert missing == set(SILENT)


def shortcuts():
    """(file, method, fields) of every values() and values_list() with fields."""
    for app in (*CARE, "audit", "clinic", "portal"):
        for path in sorted((ROOT / app).rglob("*.py")):
            parts = set(path.parts)
            # Services show nothing; the demo invents what it reads.
            if parts & {"tests", "migrations", "demo", "services", "services.py"}:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                method = getattr(node.func, "attr", "")
                if method in {"values", "values_list"}:
                    fields = [getattr(one, "value", "?") for one in node.args]
                    name = str(path.relative_to(ROOT))
                    yield name, method, {str(field) for field in fields}


def test_no_list_of_values_goes_past_the_log():
    found = list(shortcuts())
    assert found
    wrong = {
        (name, method)
        for name, method, fields in found
        if not fields <= PLAIN and "audit/" not in name
    }
    assert wrong == set(BESIDE)
