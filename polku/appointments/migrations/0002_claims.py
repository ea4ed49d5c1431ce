"""Claims follow their appointment, and no two live claims of a worker or room overlap."""

from django.db import migrations

FORWARD = """
ALTER TABLE appointments_appointment
    ADD CONSTRAINT appointment_claimed UNIQUE (id, blocks, live);

-- A claim cannot disagree with its appointment: moving, cancelling and letting go are one UPDATE of the appointment.
ALTER TABLE appointments_claim
    ADD CONSTRAINT claim_follows_appointment FOREIGN KEY (appointment_id, during, live)
    REFERENCES appointments_appointment (id, blocks, live) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE appointments_claim
    ADD CONSTRAINT claim_no_overlap EXCLUDE USING gist (resource_id WITH =, during WITH &&) WHERE (live);
"""

BACKWARD = """
ALTER TABLE appointments_claim DROP CONSTRAINT claim_no_overlap;
ALTER TABLE appointments_claim DROP CONSTRAINT claim_follows_appointment;
ALTER TABLE appointments_appointment DROP CONSTRAINT appointment_claimed;
"""


class Migration(migrations.Migration):
    dependencies = [("appointments", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
