"""Resolutions, tags and evidence for tests of what comes after people have decided."""

from __future__ import annotations

from labeling.annotation.models import Grade, Resolution
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.selectors import policy_job_of
from labeling.brands.services import claim_open, claim_policy_set, claim_record
from labeling.brands.verification import Finding
from labeling.catalog.models import Product, Scene
from labeling.common.models import Job
from labeling.inference.models import Candidate, Proposal, Scan
from labeling.tags.models import Tag
from labeling.tags.services import policy_job_step, tag_confirm
from labeling.tags.signals import NAMES
from tests.world import World, make_scene

BOX = (0.2, 0.3, 0.5, 0.7)


def resolve(
    world: World,
    *,
    scene: Scene | None = None,
    product: Product | None = None,
    grade: str = "exact",
    proposal: Proposal | None = None,
    accepted: bool = True,
    box: tuple[float, float, float, float] = BOX,
) -> Resolution:
    """What people came to about one object: by default the first sofa, exactly, in the first scene."""
    left, top, right, bottom = box
    return Resolution.objects.create(
        campaign=world.campaign,
        scene=scene or (proposal.scene if proposal else world.scene),
        proposal=proposal,
        accepted=accepted,
        category=world.sofa,
        product=None if not accepted or grade == Grade.NONE else (product or world.sofas[0]),
        grade=grade if accepted else "",
        left=left,
        top=top,
        right=right,
        bottom=bottom,
    )


def tagged(world: World, **changes: object) -> Tag:
    """A tag that people confirmed."""
    tag = tag_confirm(resolution=resolve(world, **changes))  # type: ignore[arg-type]
    assert tag is not None
    return tag


def hold_place(world: World, policy: Policy, place: str = "bram.example") -> DomainClaim:
    """Bram's proven place with a policy."""
    claim = claim_record(claim=claim_open(owner=world.bram, place=place), finding=Finding(True, "Found."))
    return claim_policy_set(claim=claim, policy=policy, actor=world.bram)


def obey(claim: DomainClaim) -> dict[str, int]:
    """Do what the worker does for the latest change at a place; returns what moved."""
    job = policy_job_of(claim=claim)
    assert job is not None
    while policy_job_step(job_id=job.pk, scenes=2):
        pass
    job.refresh_from_db()
    assert (job.state, job.done) == (Job.State.DONE, job.total)
    return dict(job.result)


def propose(
    world: World, number: int, *, score: float, domain: str = "blog.example", scan: Scan | None = None
) -> Proposal:
    """One proposed sofa, whose first candidate is the first sofa at cosine 1; in a scene of its own unless ``scan`` is given."""
    if scan is None:
        scene = make_scene(world.vertical, f"proposed-{number}", domain=domain, source_url=f"https://{domain}/{number}")
        scan = Scan.objects.create(scene=scene, detector=world.detector, embedder=world.embedder, state=Scan.State.DONE)
    left, top, right, bottom = BOX
    proposal = Proposal.objects.create(
        scan=scan, scene=scan.scene, position=number, category=world.sofa, detector_class="sofa", score=score,
        left=left, top=top, right=right, bottom=bottom,
    )  # fmt: skip
    Candidate.objects.create(proposal=proposal, product=world.sofas[0], rank=1, score=1.0)
    return proposal


def as_sure_of_all(log_odds: float = 5.0) -> dict[str, object]:
    """A confidence that says the same of every tag."""
    none = [0.0] * len(NAMES)
    return {
        "names": list(NAMES),
        "centre": none,
        "spread": [1.0] * len(NAMES),
        "weights": none,
        "intercept": log_odds,
        "offsets": {},
        "calibration": {"method": "platt", "slope": 1.0, "intercept": 0.0},
    }
