"""How pictures look to a machine, and which of them look so alike that they must not be torn apart."""

from __future__ import annotations

from django.db import models

from labeling.catalog.models import Product, Scene


class Likeness(models.Model):
    """What is known of one picture, and the group it was put into: once and for ever, so that its split never changes.

    ``root`` is the first member of the group, and ``key`` the name it gave the group, of which the split is a pure function
    (see splits.py): a scene's sha256, a product's variant group or external id. ``phash`` is a 64-bit perceptual hash as a
    signed number, null where nobody has looked or the picture is too flat to have one; ``vector`` the embedder's vector as
    float16, with ``embedder`` naming the weights. ``looked_at`` is null while nobody has looked: a freeze could not wait.
    A ``torn`` one looks like members of groups in different splits, and stays out of snapshots.
    """

    key = models.CharField(max_length=200)
    phash = models.BigIntegerField(null=True)
    vector = models.BinaryField(null=True)
    embedder = models.CharField(max_length=64, blank=True)
    torn = models.BooleanField(default=False)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class SceneLikeness(Likeness):
    """The likeness of a scene's picture."""

    scene = models.OneToOneField(Scene, primary_key=True, on_delete=models.CASCADE, related_name="likeness")
    root = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="look_alikes")

    def __str__(self) -> str:
        return f"scene {self.scene_id} looks like {self.root_id}"


class ProductLikeness(Likeness):
    """The likeness of a product's first picture; its variants and products of the same photo are of its group as well."""

    product = models.OneToOneField(Product, primary_key=True, on_delete=models.CASCADE, related_name="likeness")
    root = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="look_alikes")

    def __str__(self) -> str:
        return f"product {self.product_id} looks like {self.root_id}"
