"""Existing annotations learn their campaign, and existing work counts as settled: it was, when it was submitted."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
UPDATE annotation_annotation said SET campaign_id = seat.campaign_id
FROM annotation_assignment seat WHERE seat.id = said.assignment_id;
UPDATE annotation_assignment SET settled = true WHERE state <> 'waiting';
-- The checks of the updated rows are made now, so that the column may be altered in this same transaction.
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0003_four_kinds_of_work")]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="annotation",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="annotations", to="annotation.campaign"
            ),
        ),
    ]
