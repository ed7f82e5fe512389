"""What shoppers did with each product at each tag, by version of the ranking; and by which transaction an event came."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import labeling.serving.transactions

# Events that stand there already are of a transaction that everybody sees. Old rankings were learned otherwise: what they saw
# is learned anew.
TRANSACTIONS = """
ALTER TABLE serving_engagementevent ADD COLUMN xact bigint NOT NULL DEFAULT 3;
ALTER TABLE serving_engagementevent ALTER COLUMN xact SET DEFAULT (pg_current_xact_id()::text::bigint);
CREATE INDEX serving_by_transaction ON serving_engagementevent USING brin (xact) WITH (pages_per_range = 16, autosummarize = on);
DELETE FROM serving_rankerstate;
"""
BACK = "DROP INDEX serving_by_transaction; ALTER TABLE serving_engagementevent DROP COLUMN xact"


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_product_price_index"),
        ("tags", "0007_history_of_what_was_there"),
        ("serving", "0002_events_by_month"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TRANSACTIONS, BACK)],
            state_operations=[
                migrations.AddField(
                    "engagementevent", "xact",
                    models.BigIntegerField(db_default=labeling.serving.transactions.CurrentTransaction(), editable=False),
                ),
                migrations.AddIndex(
                    "engagementevent",
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["xact"], name="serving_by_transaction", pages_per_range=16
                    ),
                ),
            ],
        ),
        migrations.AddField("rankerstate", "snapshot", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AddField("rankerstate", "served", models.BooleanField(default=False)),
        migrations.AddField("rankerstate", "learned_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("rankerstate", "report", models.JSONField(blank=True, default=dict)),
        migrations.AddField(
            "rankerstate", "lessons", models.CharField(blank=True, default="", max_length=100), preserve_default=False
        ),
        migrations.CreateModel(
            "TagRecord",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("seen", models.FloatField(default=0.0)),
                ("taken", models.FloatField(default=0.0)),
                ("product", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.product")),
                ("tag", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tags.tag")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("tag", "product", "version"), name="serving_tag_record")],
                "indexes": [models.Index(fields=["version"], name="serving_tag_records_of")],
            },
        ),
        migrations.CreateModel(
            "ProductRecord",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("seen", models.FloatField(default=0.0)),
                ("taken", models.FloatField(default=0.0)),
                ("product", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.product")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("product", "version"), name="serving_product_record")],
                "indexes": [models.Index(fields=["version"], name="serving_product_records_of")],
            },
        ),
        migrations.CreateModel(
            "TagGrade",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gain", models.FloatField()),
                ("product", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.product")),
                ("tag", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tags.tag")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tag", "product"), name="serving_tag_grade"),
                    models.CheckConstraint(condition=models.Q(("gain__gte", 0), ("gain__lte", 1)), name="serving_gain"),
                ]
            },
        ),
    ]
