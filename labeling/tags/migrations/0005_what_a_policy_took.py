"""What a tag was before the policy of its place alone took it from shoppers, so that it can be that again."""

from django.db import migrations, models

# Until now the reason alone told of it; the words are those of the first version.
TAKEN = """
UPDATE tags_tag SET was_state = 'live', was_reason = CASE
    WHEN reason LIKE 'Confirmed by people;%' THEN 'Confirmed by people.'
    WHEN reason LIKE 'Automation was %' THEN replace(reason, ' Waits for the owner of the place.', '')
    ELSE 'The owner of the place lets tags go live.' END
WHERE (state = 'held' AND reason ~* 'waits for the owner of the place\\.$')
   OR (state = 'hidden' AND reason = 'The owner of the place wants no tags.')
"""


class Migration(migrations.Migration):
    dependencies = [("tags", "0004_worth_and_reach")]

    operations = [
        migrations.AddField("tag", "was_reason", models.CharField(blank=True, max_length=300)),
        migrations.AddField(
            "tag",
            "was_state",
            models.CharField(
                blank=True, choices=[("live", "live"), ("held", "held"), ("hidden", "hidden")], max_length=6
            ),
        ),
        migrations.RunSQL(TAKEN, migrations.RunSQL.noop),
    ]
