"""The history of tags that were there before it was kept begins with how they stand."""

from __future__ import annotations

from django.db import migrations

BEGIN = """
INSERT INTO tags_tagevent (tag_id, cause, state, product_id, reason, confidence, created_at)
SELECT tag.id, CASE tag.source WHEN 'model' THEN 'automation' WHEN 'brand' THEN 'owner' ELSE 'people' END,
       tag.state, tag.product_id, tag.reason, tag.confidence, tag.updated_at
FROM tags_tag tag WHERE NOT EXISTS (SELECT 1 FROM tags_tagevent event WHERE event.tag_id = tag.id)
"""


class Migration(migrations.Migration):
    dependencies = [("tags", "0006_blind_judging")]
    operations = [migrations.RunSQL(BEGIN, migrations.RunSQL.noop)]
