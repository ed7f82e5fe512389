"""The catalogue in Django's admin."""

from django.contrib import admin

from labeling.catalog.models import Brand, Category, Product, ProductImage, Scene, Vertical
from labeling.common.admin import KeptAdmin


class ProductImages(admin.TabularInline):  # type: ignore[type-arg]
    model = ProductImage
    extra = 0
    can_delete = False
    readonly_fields = ("image", "sha256", "width", "height", "position")
    max_num = 0


@admin.register(Vertical)
class VerticalAdmin(KeptAdmin):
    list_display = ("slug", "name", "created_at")
    search_fields = ("slug", "name")


@admin.register(Category)
class CategoryAdmin(KeptAdmin):
    list_display = ("name", "slug", "vertical", "parent")
    list_filter = ("vertical",)
    list_select_related = ("vertical", "parent")
    raw_id_fields = ("parent",)
    search_fields = ("name", "slug")


@admin.register(Brand)
class BrandAdmin(KeptAdmin):
    list_display = ("name",)
    search_fields = ("name",)


@admin.register(Product)
class ProductAdmin(KeptAdmin):
    """Title and words are written by imports, which keep the search index with them; here only what is safe to mend."""

    inlines = (ProductImages,)
    list_display = ("external_id", "title", "vertical", "category", "brand", "price", "currency", "available")
    list_filter = ("vertical", "available")
    list_select_related = ("vertical", "category", "brand")
    search_fields = ("=external_id", "title")
    fields = (
        "external_id",
        "vertical",
        "category",
        "brand",
        "title",
        "url",
        "price",
        "currency",
        "available",
        "fresh_until",
    )
    readonly_fields = ("external_id", "vertical", "category", "brand", "title")


@admin.register(Scene)
class SceneAdmin(KeptAdmin):
    list_display = ("external_id", "title", "vertical", "domain", "organic", "business_account", "created_at")
    list_filter = ("vertical", "organic")
    list_select_related = ("vertical",)
    search_fields = ("=external_id", "title", "domain")
    fields = ("external_id", "vertical", "title", "description", "source_url", "domain", "organic", "business_account")
    readonly_fields = ("external_id", "vertical")
