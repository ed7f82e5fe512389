"""A second vertical beside the world's own."""

from __future__ import annotations

from labeling.annotation.models import Campaign, Kind, PriorityRule
from labeling.annotation.services import campaign_create
from labeling.catalog.models import Category, Product, Vertical
from labeling.inference.models import Candidate, Proposal, Scan
from tests.world import World, make_scene, make_version


def make_vertical_like(world: World, *, score: float) -> Campaign:
    """A campaign of a second vertical with live models, products and ten scenes of its own."""
    fashion = Vertical.objects.create(slug="fashion", name="Fashion")
    category = Category.objects.create(vertical=fashion, slug="coat", name="Coat")
    product = Product.objects.create(
        vertical=fashion,
        category=category,
        external_id="coat",
        title="Coat",
        brand=world.brand,
        url="https://x.example/c",
    )
    detector, embedder = (make_version(fashion, kind, live=True) for kind in ("detector", "embedder"))
    for number in range(10):
        scene = make_scene(fashion, f"coat-{number}")
        scan = Scan.objects.create(scene=scene, detector=detector, embedder=embedder, state=Scan.State.DONE)
        proposal = Proposal.objects.create(
            scan=scan, scene=scene, position=0, category=category, detector_class="coat", score=score,
            left=0.1, top=0.1, right=0.5, bottom=0.5,
        )  # fmt: skip
        Candidate.objects.create(proposal=proposal, product=product, rank=1, score=1.0)
    return campaign_create(
        vertical=fashion, name="Worth", kinds=[Kind.MATCH_BURST], priority_rule=PriorityRule.WORTH, burst_size=4
    )
