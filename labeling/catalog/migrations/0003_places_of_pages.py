"""The places of the web that hold a page, kept by the database for scenes and products, whoever writes them."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

# RFC 3492, for a label that holds more than ASCII; the letters go by their code points.
PUNYCODE = """
CREATE FUNCTION catalog_punycode(label text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    points int[] := ARRAY(SELECT ascii(letter) FROM regexp_split_to_table(label, '') WITH ORDINALITY AS s (letter, at) ORDER BY at);
    digits CONSTANT text := 'abcdefghijklmnopqrstuvwxyz0123456789';
    said text := regexp_replace(label, '[^\\x01-\\x7f]', '', 'g');
    basic int := length(said);
    handled int := basic;
    n int := 128; delta int := 0; bias int := 72; q int; k int; t int; point int;
BEGIN
    IF basic > 0 THEN said := said || '-'; END IF;
    WHILE handled < cardinality(points) LOOP
        SELECT min(p) INTO point FROM unnest(points) p WHERE p >= n;
        delta := delta + (point - n) * (handled + 1);
        n := point;
        FOREACH point IN ARRAY points LOOP
            IF point < n THEN delta := delta + 1; END IF;
            CONTINUE WHEN point <> n;
            q := delta; k := 36;
            LOOP
                t := least(greatest(k - bias, 1), 26);
                EXIT WHEN q < t;
                said := said || substr(digits, t + (q - t) % (36 - t) + 1, 1);
                q := (q - t) / (36 - t); k := k + 36;
            END LOOP;
            said := said || substr(digits, q + 1, 1);
            delta := CASE WHEN handled = basic THEN delta / 700 ELSE delta / 2 END;
            delta := delta + delta / (handled + 1);
            k := 0;
            WHILE delta > 455 LOOP delta := delta / 35; k := k + 36; END LOOP;
            bias := k + 36 * delta / (delta + 38);
            delta := 0; handled := handled + 1;
        END LOOP;
        delta := delta + 1; n := n + 1;
    END LOOP;
    RETURN 'xn--' || said;
EXCEPTION WHEN numeric_value_out_of_range THEN
    RETURN label;
END $$
"""

# What is no UTF-8 once its percent signs are read stays as it is written.
UNQUOTE = """
CREATE FUNCTION catalog_unquote(written text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF written !~ '%[0-9A-Fa-f]{2}' THEN RETURN written; END IF;
    RETURN convert_from(string_agg(
        CASE WHEN part[1] ~ '^%[0-9A-Fa-f]{2}$' THEN decode(substr(part[1], 2), 'hex') ELSE convert_to(part[1], 'UTF8') END,
        '' ORDER BY at), 'UTF8')
    FROM regexp_matches(written, '(%[0-9A-Fa-f]{2}|[^%]+|%)', 'g') WITH ORDINALITY AS s (part, at);
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
    RETURN written;
END $$
"""

# As browsers read it: any alphabet, any spelling of the dots, without www.
DOMAIN = """
CREATE FUNCTION catalog_domain(host text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    plain text := lower(host);
BEGIN
    IF plain ~ '[^\\x01-\\x7f]' THEN
        plain := lower(normalize(plain, NFKC));
        SELECT string_agg(CASE WHEN label ~ '[^\\x01-\\x7f]' THEN catalog_punycode(label) ELSE label END, '.' ORDER BY at)
        INTO plain FROM regexp_split_to_table(translate(plain, '。．｡', '...'), '\\.') WITH ORDINALITY AS s (label, at);
    END IF;
    plain := rtrim(btrim(plain), '.');
    RETURN CASE WHEN plain ~ '^www\\..*\\.' THEN substr(plain, 5) ELSE plain END;
END $$
"""

# From the most specific to the least: the paths of the page's host, longest first, then the host and the domains above it.
# A domain that is named wins over the address, whose path counts only where it is of that domain.
PLACES = """
CREATE FUNCTION catalog_places(url text, named text) RETURNS text[] IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    address text[] := regexp_match(translate(COALESCE(url, ''), '\\', '/'), '^\\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]*)([^?#]*)');
    host text := catalog_domain(catalog_unquote(regexp_replace(COALESCE(address[1], ''), '^.*@|:[0-9]*$', '', 'g')));
    domain text := COALESCE(NULLIF(catalog_domain(COALESCE(named, '')), ''), host);
    steps text[] := '{}';
    step text;
    places text[] := '{}';
BEGIN
    IF domain = '' THEN RETURN places; END IF;
    IF domain = host THEN
        FOREACH step IN ARRAY string_to_array(catalog_unquote(COALESCE(address[2], '')), '/') LOOP
            IF step = '..' THEN steps := steps[:cardinality(steps) - 1];
            ELSIF step NOT IN ('', '.') THEN steps := steps || step;
            END IF;
        END LOOP;
        FOR depth IN REVERSE least(cardinality(steps), 8)..1 LOOP
            step := domain || '/' || array_to_string(steps[:depth], '/');
            -- Longer ones fit into no index, and nobody may claim them.
            IF octet_length(step) <= 2000 THEN places := places || step; END IF;
        END LOOP;
    END IF;
    LOOP
        places := places || domain;
        EXIT WHEN strpos(domain, '.') = 0 OR domain ~ '^\\[|^[0-9.]+$';
        domain := substr(domain, strpos(domain, '.') + 1);
    END LOOP;
    RETURN places;
END $$
"""


def places(url: str) -> models.GeneratedField:
    """The column of a page at ``url`` with a named ``domain``."""
    return models.GeneratedField(
        db_persist=True,
        expression=models.Func(models.F(url), models.F("domain"), function="catalog_places"),
        output_field=django.contrib.postgres.fields.ArrayField(models.TextField()),
    )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_product_facets")]

    operations = [
        migrations.RunSQL(PUNYCODE, "DROP FUNCTION catalog_punycode"),
        migrations.RunSQL(UNQUOTE, "DROP FUNCTION catalog_unquote"),
        migrations.RunSQL(DOMAIN, "DROP FUNCTION catalog_domain"),
        migrations.RunSQL(PLACES, "DROP FUNCTION catalog_places"),
        migrations.AddField(model_name="scene", name="places", field=places("source_url")),
        migrations.AddField(model_name="product", name="places", field=places("url")),
        migrations.AddIndex(
            model_name="scene",
            index=django.contrib.postgres.indexes.GinIndex(fields=["places"], name="catalog_scene_places"),
        ),
    ]
