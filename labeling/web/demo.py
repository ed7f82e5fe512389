"""The people of the demo and the figures of its summary; used by ``manage.py demo`` alone."""

from __future__ import annotations

from django.db import transaction

from labeling.accounts.models import Role, User
from labeling.accounts.services import user_create
from labeling.annotation.models import Campaign
from labeling.annotation.services import campaign_create, campaign_fill
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.services import claim_grant, claim_policy_set
from labeling.catalog.models import Brand, Product, Scene, Vertical
from labeling.inference.figures import proposal_figures
from labeling.inference.selectors import scans_current, scans_progress

VERTICAL = "home"
PASSWORD = "looktag-demo"
CAMPAIGN = "First looks"
CLAIMED = "bram.example"
ACCOUNTS = {
    "ann": Role.ANNOTATOR,
    "arif": Role.ANNOTATOR,
    "cora": Role.CURATOR,
    "bram": Role.BRAND_OWNER,
    "sana": Role.STAFF,
}
INSTRUCTIONS = (
    "Confirm each box with the product that is the very same thing. Another colour or size of it is “similar”. "
    "Say “none” where the catalogue has nothing like it, and draw what the models missed."
)


@transaction.atomic
def demo_people() -> None:
    """Accounts, and a brand owner who holds a domain; made once, then kept. Before anybody can open a page and sign in."""
    for name, role in ACCOUNTS.items():
        if not User.objects.filter(username=name).exists():
            user_create(username=name, password=PASSWORD, role=role, email=f"{name}@people.example")
    bram = User.objects.get(username="bram")
    if not DomainClaim.objects.filter(owner=bram, domain=CLAIMED).exists():
        brand = Brand.objects.filter(name="Bram").first()
        reason = "Given with the demo world; no page was opened."
        claim = claim_grant(owner=bram, place=CLAIMED, brand=brand, actor=None, reason=reason)
        claim_policy_set(claim=claim, policy=Policy.REVIEW_FIRST, actor=bram)


@transaction.atomic
def demo_campaign() -> None:
    """An open campaign over all proposed scenes; made once, then kept."""
    vertical, cora = Vertical.objects.get(slug=VERTICAL), User.objects.get(username="cora")
    campaign = Campaign.objects.filter(vertical=vertical, name=CAMPAIGN).first()
    if campaign is None:
        campaign = campaign_create(vertical=vertical, name=CAMPAIGN, instructions=INSTRUCTIONS, actor=cora)
    proposed = scans_current(vertical).filter(state="done")
    campaign_fill(campaign=campaign, scenes=Scene.objects.filter(scans__in=proposed).order_by("pk"))


def demo_figures(*, seconds: float) -> dict[str, object]:
    """What the models made of the demo world: counts over all scenes, quality over the held-out ones."""
    vertical = Vertical.objects.get(slug=VERTICAL)
    progress = scans_progress(vertical)
    quality = proposal_figures(vertical, split="test")
    return {
        "scenes": progress.done,
        "products": Product.objects.filter(vertical=vertical).count(),
        "proposals": progress.proposals,
        "candidates": progress.candidates,
        "failed": progress.failed,
        "map50": round(quality["map50"], 4),
        "recall_at_9": round(quality["recall_at_9"], 4),
        "seconds": seconds,
    }
