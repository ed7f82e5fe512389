"""Events partitioned by the month in which their look was served, and what makes the months."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

TABLE = """
ALTER TABLE serving_engagementevent RENAME TO serving_engagementevent_before;
-- Names of indexes are the whole schema's, and the new table's constraints are to have these.
ALTER TABLE serving_engagementevent_before DROP CONSTRAINT serving_once_a_look;
CREATE SEQUENCE serving_engagementevent_number AS bigint;
SELECT setval('serving_engagementevent_number', (SELECT COALESCE(max(id), 0) + 1 FROM serving_engagementevent_before), false);
CREATE TABLE serving_engagementevent (
    id bigint NOT NULL DEFAULT nextval('serving_engagementevent_number'),
    client_uuid uuid NOT NULL,
    kind varchar(10) NOT NULL,
    void varchar(6) NOT NULL,
    look uuid NOT NULL,
    served_on date NOT NULL,
    position smallint NOT NULL CONSTRAINT serving_engagementevent_position_check CHECK (position >= 0),
    propensity double precision NOT NULL,
    chance double precision NOT NULL,
    arm varchar(9) NOT NULL,
    visitor varchar(64) NOT NULL,
    created_at timestamptz NOT NULL,
    scene_id bigint NOT NULL REFERENCES catalog_scene DEFERRABLE INITIALLY DEFERRED,
    tag_id bigint NOT NULL REFERENCES tags_tag DEFERRABLE INITIALLY DEFERRED,
    product_id bigint NOT NULL REFERENCES catalog_product DEFERRABLE INITIALLY DEFERRED,
    ranker_id bigint,
    CONSTRAINT serving_events_key PRIMARY KEY (id, served_on),
    CONSTRAINT serving_event_uuid UNIQUE (client_uuid, served_on),
    CONSTRAINT serving_once_a_look UNIQUE (look, tag_id, product_id, kind, served_on),
    CONSTRAINT serving_propensity CHECK (propensity > 0 AND propensity <= 1),
    CONSTRAINT serving_chance CHECK (chance > 0 AND chance <= 1)
) PARTITION BY RANGE (served_on);
ALTER SEQUENCE serving_engagementevent_number OWNED BY serving_engagementevent.id;
CREATE INDEX serving_events_of_scene ON serving_engagementevent (scene_id);
CREATE INDEX serving_events_of_tag ON serving_engagementevent (tag_id);
CREATE INDEX serving_deeds ON serving_engagementevent (visitor, created_at) WHERE NOT (kind = 'impression');
CREATE TABLE serving_engagementevent_rest PARTITION OF serving_engagementevent DEFAULT;
"""

MONTH = """
CREATE FUNCTION serving_events_month(first date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    part CONSTANT text := 'serving_engagementevent_' || to_char(first, 'YYYY_MM');
    after CONSTANT date := first + interval '1 month';
BEGIN
    IF to_regclass(part) IS NOT NULL THEN RETURN false; END IF;
    EXECUTE format('CREATE TABLE %I (LIKE serving_engagementevent INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
    EXECUTE format('WITH moved AS (DELETE FROM serving_engagementevent_rest WHERE served_on >= %L AND served_on < %L RETURNING *)'
        ' INSERT INTO %I SELECT * FROM moved', first, after, part);
    EXECUTE format('ALTER TABLE serving_engagementevent ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, first, after);
    RETURN true;
END $$
"""

FILL = """
SELECT serving_events_month(month::date) FROM generate_series(
    (SELECT date_trunc('month', LEAST(min(created_at), now()) AT TIME ZONE 'UTC') FROM serving_engagementevent_before),
    date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months', '1 month') month;
INSERT INTO serving_engagementevent (id, client_uuid, kind, void, look, served_on, position, propensity, chance, arm, visitor,
    created_at, scene_id, tag_id, product_id, ranker_id)
SELECT id, client_uuid, kind, '', look, (created_at AT TIME ZONE 'UTC')::date, position, propensity, 1, arm, visitor,
    created_at, scene_id, tag_id, product_id, ranker_id
FROM serving_engagementevent_before;
DROP TABLE serving_engagementevent_before;
"""



class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0005_product_price_index'),
        ('serving', '0001_initial'),
        ('tags', '0007_history_of_what_was_there'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE), migrations.RunSQL(MONTH), migrations.RunSQL(FILL)],
            state_operations=[
                migrations.RemoveConstraint(
                    model_name='engagementevent',
                    name='serving_once_a_look',
                ),
                migrations.AddField(
                    model_name='engagementevent',
                    name='chance',
                    field=models.FloatField(default=1.0),
                ),
                migrations.AddField(
                    model_name='engagementevent',
                    name='served_on',
                    field=models.DateField(default=django.utils.timezone.localdate),
                ),
                migrations.AddField(
                    model_name='engagementevent',
                    name='void',
                    field=models.CharField(blank=True, choices=[('robot', 'a program, by its own account'), ('own', 'somebody who is signed in here'), ('hasty', 'sooner than a hand can be'), ('repeat', 'done to the same product before, the same day'), ('flood', 'more than a person does')], max_length=6),
                ),
                migrations.AlterField(
                    model_name='engagementevent',
                    name='client_uuid',
                    field=models.UUIDField(),
                ),
                migrations.AlterField(
                    model_name='engagementevent',
                    name='look',
                    field=models.UUIDField(),
                ),
                migrations.AlterField(
                    model_name='engagementevent',
                    name='product',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.product'),
                ),
                migrations.AlterField(
                    model_name='engagementevent',
                    name='ranker',
                    field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='serving.rankerstate'),
                ),
                migrations.AddIndex(
                    model_name='engagementevent',
                    index=models.Index(condition=models.Q(('kind', 'impression'), _negated=True), fields=['visitor', 'created_at'], name='serving_deeds'),
                ),
                migrations.AddConstraint(
                    model_name='engagementevent',
                    constraint=models.UniqueConstraint(fields=('client_uuid', 'served_on'), name='serving_event_uuid'),
                ),
                migrations.AddConstraint(
                    model_name='engagementevent',
                    constraint=models.UniqueConstraint(fields=('look', 'tag', 'product', 'kind', 'served_on'), name='serving_once_a_look'),
                ),
                migrations.AddConstraint(
                    model_name='engagementevent',
                    constraint=models.CheckConstraint(condition=models.Q(('chance__gt', 0), ('chance__lte', 1)), name='serving_chance'),
                ),
            ],
        ),
    ]
