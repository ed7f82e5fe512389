"""Adding to the catalogue. What exists already is found again, never doubled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Unpack

from django.db import connection, transaction

from labeling.catalog.entries import ProductFields, SceneFields
from labeling.catalog.models import Brand, Category, Product, ProductImage, Scene, Vertical
from labeling.catalog.search import words_of
from labeling.catalog.services.offering import deadline_of
from labeling.common.storage import StoredImage, image_store


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product to add; its picture is stored already. An empty ``brand`` is none."""

    external_id: str
    category: Category
    picture: StoredImage
    brand: str = ""
    fields: ProductFields = field(default_factory=ProductFields)


@dataclass(frozen=True, slots=True)
class NewScene:
    """A scene to add; its picture is stored already."""

    external_id: str
    picture: StoredImage
    fields: SceneFields = field(default_factory=SceneFields)


def vertical_ensure(*, slug: str, name: str = "") -> Vertical:
    """The vertical with this slug, made if it is new."""
    return Vertical.objects.get_or_create(slug=slug, defaults={"name": name or slug})[0]


@transaction.atomic
def vertical_map_classes(*, vertical: Vertical, class_map: Mapping[str, str]) -> None:
    """Say which category each class of a detector means here; classes not named keep their meaning."""
    locked = Vertical.objects.select_for_update(no_key=True).get(pk=vertical.pk)
    locked.class_map = {**locked.class_map, **class_map}
    locked.save(update_fields=["class_map", "updated_at"])
    vertical.class_map = locked.class_map


def category_ensure(*, vertical: Vertical, slug: str, name: str = "", parent: Category | None = None) -> Category:
    """The category with this slug, made if it is new; a ``parent`` given is set."""
    words = slug.replace("_", " ").replace("-", " ")
    category, _ = Category.objects.get_or_create(
        vertical=vertical, slug=slug, defaults={"name": name or words[:1].upper() + words[1:], "parent": parent}
    )
    if parent is not None and category.parent_id != parent.pk:
        category.parent = parent
        category.save(update_fields=["parent"])
    return category


def product_add(
    *,
    vertical: Vertical,
    external_id: str,
    category: Category,
    data: bytes,
    brand: str = "",
    **fields: Unpack[ProductFields],
) -> Product:
    """Add a product with its picture, or find the one of that id. Raises ``ImageRefused``; nothing is kept then."""
    new = NewProduct(external_id, category, image_store(data, item=external_id), brand, fields)
    products_add(vertical=vertical, products=[new])
    return Product.objects.get(vertical=vertical, external_id=external_id)


def scene_add(
    *, vertical: Vertical, external_id: str, data: bytes, **fields: Unpack[SceneFields]
) -> tuple[Scene, bool]:
    """Add a scene, and whether it is new: the same bytes are the same row, whatever id they come under.

    Raises ``ImageRefused``; nothing is kept then.
    """
    picture = image_store(data, item=external_id)
    added = scenes_add(vertical=vertical, scenes=[NewScene(external_id, picture, fields)])
    there = Scene.objects.filter(vertical=vertical, sha256=picture.sha256).first()
    return there or Scene.objects.get(vertical=vertical, external_id=external_id), bool(added)


@transaction.atomic
def products_add(*, vertical: Vertical, products: Sequence[NewProduct]) -> list[Product]:
    """Add those whose id is new, each with its picture and search words; returns them."""
    ids = [new.external_id for new in products]
    there = set(Product.objects.filter(vertical=vertical, external_id__in=ids).values_list("external_id", flat=True))
    fresh = {new.external_id: new for new in products if new.external_id not in there}
    brands = _brands_ensure({new.brand for new in fresh.values() if new.brand})
    Product.objects.bulk_create(
        [
            Product(
                vertical=vertical,
                external_id=new.external_id,
                category=new.category,
                brand=brands.get(new.brand),
                **{"title": new.external_id, **new.fields, "fresh_until": _deadline(new.fields)},
            )
            for new in fresh.values()
        ],
        # Another import may add the same rows at this moment; whoever is second finds them.
        ignore_conflicts=True,
    )
    added = list(Product.objects.filter(vertical=vertical, external_id__in=fresh).select_related("brand", "category"))
    ProductImage.objects.bulk_create(
        [
            ProductImage(product=product, image=new.path, sha256=new.sha256, width=new.width, height=new.height)
            for product in added
            for new in [fresh[product.external_id].picture]
        ],
        ignore_conflicts=True,
    )
    _search_write(added)
    return added


@transaction.atomic
def scenes_add(*, vertical: Vertical, scenes: Sequence[NewScene]) -> list[Scene]:
    """Add those whose id and bytes are new; returns them.

    A scene that has the bytes of another is not added: its id is noted in the other's ``attributes["same_as"]``.
    """
    ids, digests = [new.external_id for new in scenes], [new.picture.sha256 for new in scenes]
    there = set(Scene.objects.filter(vertical=vertical, external_id__in=ids).values_list("external_id", flat=True))
    known = set(Scene.objects.filter(vertical=vertical, sha256__in=digests).values_list("sha256", flat=True))
    fresh: dict[str, NewScene] = {}
    for new in scenes:
        if new.external_id not in there and new.picture.sha256 not in known:
            fresh[new.external_id] = new
            known.add(new.picture.sha256)
    Scene.objects.bulk_create([_scene(vertical, new) for new in fresh.values()], ignore_conflicts=True)
    added = list(Scene.objects.filter(vertical=vertical, external_id__in=fresh))
    there.update(scene.external_id for scene in added)
    for new in scenes:
        if new.external_id not in there:
            _same_note(vertical, new)
    return added


@transaction.atomic
def truths_write(*, vertical: Vertical, truths: Mapping[str, dict[str, Any]]) -> int:
    """Bring what an evaluation set says of scenes (by external id) up to date; returns how many had to change."""
    scenes = (
        Scene.objects.select_for_update(no_key=True).filter(vertical=vertical, external_id__in=truths).order_by("pk")
    )
    changed = [scene for scene in scenes if scene.truth != truths[scene.external_id]]
    for scene in changed:
        scene.truth = truths[scene.external_id]
    Scene.objects.bulk_update(changed, ["truth"])
    return len(changed)


def _deadline(fields: ProductFields) -> datetime | None:
    return deadline_of(url=fields.get("url", ""), fresh_until=fields.get("fresh_until"))


def _brands_ensure(names: set[str]) -> dict[str, Brand]:
    Brand.objects.bulk_create([Brand(name=name) for name in sorted(names)], ignore_conflicts=True)
    return {brand.name: brand for brand in Brand.objects.filter(name__in=names)}


def _scene(vertical: Vertical, new: NewScene) -> Scene:
    picture = new.picture
    return Scene(
        vertical=vertical,
        external_id=new.external_id,
        image=picture.path,
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        **new.fields,
    )


def _same_note(vertical: Vertical, new: NewScene) -> None:
    first = Scene.objects.select_for_update(no_key=True).get(vertical=vertical, sha256=new.picture.sha256)
    others = first.attributes.get("same_as", [])
    if new.external_id not in others:
        first.attributes = {**first.attributes, "same_as": [*others, new.external_id]}
        first.save(update_fields=["attributes", "updated_at"])


def _search_write(products: Sequence[Product]) -> None:
    """Weigh a product's words: title first, then brand and id, then category and attributes, then the description."""
    written = [_search_texts(product) for product in products]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE catalog_product SET search =
                setweight(to_tsvector('simple', words.title), 'A') || setweight(to_tsvector('simple', words.names), 'B') ||
                setweight(to_tsvector('simple', words.kind), 'C') || setweight(to_tsvector('simple', words.rest), 'D')
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[]) AS words (id, title, names, kind, rest)
            WHERE catalog_product.id = words.id
            """,
            [[product.pk for product in products], *([texts[weight] for texts in written] for weight in range(4))],
        )


def _search_texts(product: Product) -> tuple[str, str, str, str]:
    said = [value for value in product.attributes.values() if isinstance(value, str)]
    texts = (
        product.title,
        f"{product.brand.name if product.brand else ''} {product.external_id}",
        " ".join([product.category.name, product.category.slug, *said]),
        product.description,
    )
    title, names, kind, rest = (" ".join(words_of(text)) for text in texts)
    return title, names, kind, rest
