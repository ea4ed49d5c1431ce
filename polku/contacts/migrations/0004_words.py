"""What was said as words: a text's language, and the functions that make words of it. The index comes next."""

from django.db import migrations, models

# Each language has its own endings; a text has one language, and what somebody types may be in any.
# The four weeks in which a text was written are a word like the others: so the newest of very many hits are found
# without fetching all of them. A typed word holds letters and digits only, so none is ever taken for one of these.
# Dear to the planner, so that it never makes words of every text anew instead of asking the index.
WORDS = """
CREATE OR REPLACE FUNCTION polku_endings(language text) RETURNS regconfig
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE language
    WHEN 'fi' THEN 'pg_catalog.finnish'::regconfig
    WHEN 'sv' THEN 'pg_catalog.swedish'::regconfig
    ELSE 'pg_catalog.simple'::regconfig
END;

CREATE OR REPLACE FUNCTION polku_words(written_at timestamptz, language text, said text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10000 AS $$
BEGIN
    RETURN to_tsvector(public.polku_endings(language), said) || array_to_tsvector(
        ARRAY['#' || floor(extract(epoch FROM written_at AT TIME ZONE 'UTC') / 2419200)::bigint::text]);
END $$;

CREATE OR REPLACE FUNCTION polku_sought(typed text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT coalesce(string_agg(DISTINCT format('(%s)', way), ' | '), '')::tsquery
    FROM unnest(ARRAY[
        to_tsquery('pg_catalog.finnish', typed), to_tsquery('pg_catalog.swedish', typed),
        to_tsquery('pg_catalog.simple', typed)]) AS way
    WHERE numnode(way) > 0
);
"""
UNDO = """
DROP FUNCTION polku_sought(text);
DROP FUNCTION polku_words(timestamptz, text, text);
DROP FUNCTION polku_endings(text);
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0003_lean")]
    operations = [
        migrations.AddField(
            "contacttext",
            "language",
            models.CharField(db_default="fi", default="fi", max_length=3),
        ),
        migrations.RunSQL(WORDS, UNDO),
    ]
