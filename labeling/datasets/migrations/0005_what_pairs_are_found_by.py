"""What pairs are looked for by, and who said so: kept by the database in the rows themselves, whoever writes them."""

from django.db import migrations

# Of the places of a scene those with a path come first, and the host is the longest without one.
HOST = """
CREATE FUNCTION datasets_host(places text[]) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT COALESCE((SELECT place FROM unnest(places) WITH ORDINALITY AS s (place, at)
                     WHERE strpos(place, '/') = 0 ORDER BY at LIMIT 1), '')
$$
"""

FACETS = """
CREATE FUNCTION datasets_pair_facets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT COALESCE(NEW.category_id, p.category_id), p.brand_id INTO NEW.filed_under_id, NEW.brand_id
    FROM catalog_product p WHERE p.id = NEW.product_id;
    SELECT datasets_host(s.places) INTO NEW.domain FROM catalog_scene s WHERE s.id = NEW.scene_id;
    NEW.domain := COALESCE(NEW.domain, '');
    IF TG_OP = 'INSERT' AND NEW.resolution_id IS NOT NULL THEN
        SELECT r.agreement,
               (SELECT max(c.score) FROM inference_candidate c
                WHERE c.proposal_id = r.proposal_id AND c.product_id = NEW.product_id)
        INTO NEW.agreement, NEW.score FROM annotation_resolution r WHERE r.id = NEW.resolution_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER datasets_pair_facets BEFORE INSERT OR UPDATE OF category_id, product_id, scene_id ON datasets_pair
    FOR EACH ROW EXECUTE FUNCTION datasets_pair_facets();

CREATE FUNCTION datasets_product_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE datasets_pair SET product_id = product_id WHERE product_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER datasets_product_moved AFTER UPDATE OF brand_id, category_id ON catalog_product FOR EACH ROW
    WHEN (OLD.brand_id IS DISTINCT FROM NEW.brand_id OR OLD.category_id IS DISTINCT FROM NEW.category_id)
    EXECUTE FUNCTION datasets_product_moved();

CREATE FUNCTION datasets_scene_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE datasets_pair SET scene_id = scene_id WHERE scene_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER datasets_scene_moved AFTER UPDATE OF source_url, domain ON catalog_scene FOR EACH ROW
    WHEN (OLD.places IS DISTINCT FROM NEW.places) EXECUTE FUNCTION datasets_scene_moved();
"""
NO_FACETS = """
DROP TRIGGER datasets_scene_moved ON catalog_scene;
DROP FUNCTION datasets_scene_moved;
DROP TRIGGER datasets_product_moved ON catalog_product;
DROP FUNCTION datasets_product_moved;
DROP TRIGGER datasets_pair_facets ON datasets_pair;
DROP FUNCTION datasets_pair_facets;
"""

# The answers of a resolution are joined to it before its pair is made, or later, when somebody else says the same.
VOICES = """
CREATE FUNCTION datasets_pair_voices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO datasets_pairvoice (pair_id, person_id, created_at)
    SELECT NEW.id, a.annotator_id, NEW.created_at FROM annotation_resolution_annotations said
        JOIN annotation_annotation a ON a.id = said.annotation_id WHERE said.resolution_id = NEW.resolution_id
    UNION SELECT NEW.id, r.reviewer_id, NEW.created_at FROM tags_tagreview r WHERE r.id = NEW.review_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER datasets_pair_voices AFTER INSERT ON datasets_pair
    FOR EACH ROW EXECUTE FUNCTION datasets_pair_voices();

CREATE FUNCTION datasets_voice_joins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO datasets_pairvoice (pair_id, person_id, created_at)
    SELECT p.id, a.annotator_id, p.created_at FROM datasets_pair p
        JOIN annotation_annotation a ON a.id = NEW.annotation_id WHERE p.resolution_id = NEW.resolution_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER datasets_voice_joins AFTER INSERT ON annotation_resolution_annotations
    FOR EACH ROW EXECUTE FUNCTION datasets_voice_joins();
"""
NO_VOICES = """
DROP TRIGGER datasets_voice_joins ON annotation_resolution_annotations;
DROP FUNCTION datasets_voice_joins;
DROP TRIGGER datasets_pair_voices ON datasets_pair;
DROP FUNCTION datasets_pair_voices;
"""

WHAT_IS_THERE = """
UPDATE datasets_pair SET product_id = product_id;
UPDATE datasets_pair p SET agreement = r.agreement,
    score = (SELECT max(c.score) FROM inference_candidate c WHERE c.proposal_id = r.proposal_id AND c.product_id = p.product_id)
    FROM annotation_resolution r WHERE r.id = p.resolution_id;
INSERT INTO datasets_pairvoice (pair_id, person_id, created_at)
    SELECT p.id, a.annotator_id, p.created_at FROM datasets_pair p
        JOIN annotation_resolution_annotations said ON said.resolution_id = p.resolution_id
        JOIN annotation_annotation a ON a.id = said.annotation_id
    UNION SELECT p.id, r.reviewer_id, p.created_at FROM datasets_pair p JOIN tags_tagreview r ON r.id = p.review_id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0004_pairs_found_and_alike"),
        ("catalog", "0005_product_price_index"),
        ("annotation", "0007_a_second_look"),
        ("tags", "0007_history_of_what_was_there"),
        ("inference", "0002_retrieval_wishes"),
    ]

    operations = [
        migrations.RunSQL(HOST, "DROP FUNCTION datasets_host"),
        migrations.RunSQL(FACETS, NO_FACETS),
        migrations.RunSQL(VOICES, NO_VOICES),
        migrations.RunSQL(WHAT_IS_THERE, migrations.RunSQL.noop),
    ]
