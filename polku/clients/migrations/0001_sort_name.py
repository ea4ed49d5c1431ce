from django.db import migrations

# No build of PostgreSQL here can be trusted to have a Finnish collation, so the order is made of code points: å ä ö
# become characters after z, other marked letters their base letter, and the column is compared in the C collation.
SQL = r"""
CREATE FUNCTION polku_sort_name(family text, given text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT translate(
    lower(family || chr(1) || given),
    'åäæöøáàâãéèêëíìîïóòôõúùûüýÿçčšžñćđłńśźż',
    '{||}}aaaaeeeeiiiioooouuuyyyccszncdlnszz'
  ) COLLATE "C"
$$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(SQL, "DROP FUNCTION polku_sort_name(text, text)")]
