"""What exists: the taxonomy, the products one can buy and the scenes they are seen in."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q

from labeling.common.models import ImageFields, TimeStamped


class Vertical(TimeStamped):
    """A taxonomy with its scenes and products: home, fashion, a customer's own.

    ``class_map`` maps a detector's class to a category slug, for a vertical that starts with another's models; a class
    that neither the map nor the taxonomy knows is searched for in the whole vertical.
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    class_map = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A node of a vertical's taxonomy, and the hard key of retrieval."""

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="categories")
    slug = models.SlugField(max_length=100)
    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")

    class Meta:
        verbose_name_plural = "categories"
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["vertical", "slug"], name="catalog_category_slug"),)

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    """Who makes or sells a product."""

    name = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.name


class Product(TimeStamped):
    """One buyable thing. ``variant_group`` joins colours and sizes of one form, ``same_photo_group`` those that share a photo.

    ``search`` holds the words it is found by, ``facets`` what a search may be narrowed to, ``places`` the places of the web
    that hold its page, as of a scene; the database keeps the last two.
    What is said of price and stock holds until ``fresh_until`` (null: for good); ``gone_at`` is when its page was found gone.
    """

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="products")
    external_id = models.CharField(max_length=200)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.SET_NULL, related_name="products")
    title = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    url = models.URLField(max_length=2000, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    available = models.BooleanField(default=True)
    fresh_until = models.DateTimeField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)
    variant_group = models.CharField(max_length=200, blank=True)
    same_photo_group = models.CharField(max_length=200, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    search = SearchVectorField(null=True, editable=False)
    facets = models.GeneratedField(
        expression=models.Func(F("vertical"), F("category"), F("brand"), F("price"), function="catalog_product_facets"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    places = models.GeneratedField(
        expression=models.Func(F("url"), F("domain"), function="catalog_places"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["vertical", "external_id"], name="catalog_product_external_id"),)
        indexes = (
            # Text search over the catalogue, narrowed by category, brand and price: see search.py.
            GinIndex(fields=["search", "facets"], fastupdate=False, name="catalog_product_search"),
            # A search within a price range: few products, whatever else is asked.
            models.Index(fields=["vertical", "price"], name="catalog_product_price"),
            # The products of one category, for its index and for browsing.
            models.Index(fields=["category", "id"]),
        )

    def __str__(self) -> str:
        return self.title


class ProductImage(ImageFields):
    """A clean picture of a product; position 0 is the one on its card."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="images")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=["product", "position"], name="catalog_productimage_position"),)


class ProductPage(models.Model):
    """What the page of a product answered when it was last looked at, and when it is looked at again.

    ``etag`` and ``modified`` are the server's marks of what was seen, so that it sends only what has changed; ``offered``
    says whether that stated an offer. ``failures`` counts looks in a row that got no answer.
    """

    product = models.OneToOneField(Product, primary_key=True, on_delete=models.CASCADE, related_name="page")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    finding = models.CharField(max_length=300, blank=True)
    etag = models.CharField(max_length=300, blank=True)
    modified = models.CharField(max_length=100, blank=True)
    offered = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)
    checked_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"page of {self.product_id}: {self.status}"


class PageHost(models.Model):
    """When the next product page may be asked of a host: strangers' servers are not to feel that we look."""

    host = models.CharField(primary_key=True, max_length=253)
    free_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.host


class Scene(TimeStamped, ImageFields):
    """A photo showing several objects in context.

    ``places`` are the places of the web that hold its page, the most specific first, as ``shop.example/uk``,
    ``shop.example``, ``example``: the database keeps them, in ASCII and without ``www.``, whoever writes the address.
    ``truth`` is what an evaluation set says of it (``objects`` with boxes, ``product_ids`` without): read by evaluation
    alone, never by a model or a page.
    """

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="scenes")
    external_id = models.CharField(max_length=200)
    source_url = models.URLField(max_length=2000, blank=True)
    domain = models.CharField(max_length=253, blank=True, db_index=True)
    title = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    boards = models.JSONField(default=list, blank=True)
    organic = models.BooleanField(default=True)
    business_account = models.CharField(max_length=200, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    truth = models.JSONField(default=dict, blank=True)
    places = models.GeneratedField(
        expression=models.Func(F("source_url"), F("domain"), function="catalog_places"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["vertical", "external_id"], name="catalog_scene_external_id"),
            models.UniqueConstraint(fields=["vertical", "sha256"], name="catalog_scene_bytes"),
        )
        indexes = (
            # Scenes that may be proposed and tagged.
            models.Index(
                fields=["vertical", "id"], condition=Q(organic=True, business_account=""), name="catalog_scene_organic"
            ),
            # The scenes of a claimed place.
            GinIndex(fields=["places"], name="catalog_scene_places"),
        )

    def __str__(self) -> str:
        return self.title or self.external_id
