"""The rules of who may see what ask for a person's ties by the person, whatever number a unit has altogether.

Past row security, and in the plan of the function itself: neither is its table weighed row by row, nor does each
question plan again how to look it up.
"""

from django.db import migrations

MAKE = """
CREATE OR REPLACE FUNCTION polku_has_tie(
    person bigint, people bigint[], units bigint[], kinds text[], at timestamptz
) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM cases_relation r
        WHERE r.client_id = ANY (polku_same_person(person))
          AND (r.actor_id = ANY (people) OR r.unit_id = ANY (units))
          AND r.kind = ANY (kinds) AND r.starts_at <= at AND (r.ends_at IS NULL OR r.ends_at > at));
END $$;
REVOKE ALL ON FUNCTION polku_has_tie FROM PUBLIC;
GRANT EXECUTE ON FUNCTION polku_has_tie TO polku_serving, polku_fenced;
"""


class Migration(migrations.Migration):
    """A function of its own, that what stands goes on beside it."""

    dependencies = [("fence", "0002_partition_once")]
    operations = [migrations.RunSQL(MAKE, "DROP FUNCTION polku_has_tie")]
