"""A snapshot that has its hash is never changed, nor are its rows: the database refuses, whoever asks."""

from django.db import migrations

# Only who froze it may be forgotten, when their account goes.
STAY = """
CREATE FUNCTION datasets_snapshot_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.content_hash = '' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.frozen_by_id IS NULL
       AND to_jsonb(NEW) - 'frozen_by_id' = to_jsonb(OLD) - 'frozen_by_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Snapshot % of vertical % is frozen and cannot be changed. Freeze another.', OLD.number, OLD.vertical_id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER datasets_snapshot_stays BEFORE UPDATE OR DELETE ON datasets_snapshot
    FOR EACH ROW EXECUTE FUNCTION datasets_snapshot_stays();

CREATE FUNCTION datasets_row_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Row % of frozen snapshot % cannot be changed. Freeze another.', OLD.id, OLD.snapshot_id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER datasets_row_stays BEFORE UPDATE OR DELETE ON datasets_snapshotrow
    FOR EACH ROW EXECUTE FUNCTION datasets_row_stays();

CREATE FUNCTION datasets_rows_join() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    frozen bigint := (SELECT s.id FROM datasets_snapshot s
                      WHERE s.id IN (SELECT DISTINCT snapshot_id FROM added) AND s.content_hash <> '' LIMIT 1);
BEGIN
    IF frozen IS NOT NULL THEN
        RAISE EXCEPTION 'Snapshot % is frozen and takes no more rows. Freeze another.', frozen
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER datasets_rows_join AFTER INSERT ON datasets_snapshotrow REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION datasets_rows_join();
"""
GO = """
DROP TRIGGER datasets_rows_join ON datasets_snapshotrow;
DROP FUNCTION datasets_rows_join;
DROP TRIGGER datasets_row_stays ON datasets_snapshotrow;
DROP FUNCTION datasets_row_stays;
DROP TRIGGER datasets_snapshot_stays ON datasets_snapshot;
DROP FUNCTION datasets_snapshot_stays;
"""

# The same as splits.py, so that a hundred thousand rows are split where they lie: the first 8 bytes of the sha256 are below
# a tenth, or a fifth, of 2**64.
SPLIT = """
CREATE FUNCTION datasets_split(grouped text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN point < '\\x199999999999999a'::bytea THEN 'test'
                WHEN point < '\\x3333333333333334'::bytea THEN 'val' ELSE 'train' END
    FROM (SELECT substr(sha256(convert_to(grouped, 'UTF8')), 1, 8) AS point) s
$$
"""


class Migration(migrations.Migration):
    dependencies = [("datasets", "0005_what_pairs_are_found_by")]

    operations = [
        migrations.RunSQL(STAY, GO),
        migrations.RunSQL(SPLIT, "DROP FUNCTION datasets_split"),
    ]
