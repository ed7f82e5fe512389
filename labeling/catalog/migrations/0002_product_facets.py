"""What a search may be narrowed to, as words of a second text column: one index then answers text and facets together."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions
from django.db import migrations, models

# A price is filed by quarters of a doubling; `0` is below one, `x` is none. Kept in step with catalog/search.py.
FACETS = """
CREATE FUNCTION catalog_product_facets(vertical bigint, category bigint, brand bigint, price numeric) RETURNS tsvector
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT array_to_tsvector(ARRAY[
        'v' || vertical, 'c' || category, 'b' || COALESCE(brand, 0),
        'p' || CASE WHEN price IS NULL THEN 'x' WHEN price < 1 THEN '0' ELSE floor(4 * log(2, price))::int::text END])
$$
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.RunSQL(FACETS, "DROP FUNCTION catalog_product_facets"),
        migrations.AddField(
            model_name="product",
            name="facets",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    models.F("vertical"),
                    models.F("category"),
                    models.F("brand"),
                    models.F("price"),
                    function="catalog_product_facets",
                ),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.RemoveIndex(model_name="product", name="catalog_product_search"),
        migrations.AddIndex(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search", "facets"], fastupdate=False, name="catalog_product_search"
            ),
        ),
    ]
