"""The cast of every test: Ann and Arif annotate, Cora curates, Bram owns bram.example, Sana is staff, Mallory may see nothing."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass

import pytest
from PIL import Image

from labeling.accounts.models import Role, User
from labeling.annotation.models import Assignment, Campaign
from labeling.catalog.models import Brand, Category, Product, ProductImage, Scene, Vertical
from labeling.common.storage import image_store
from labeling.inference.models import Candidate, ModelVersion, Proposal, Scan

PASSWORD = "correct horse"


def picture(color: str = "white", width: int = 64, height: int = 48) -> bytes:
    """A JPEG of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), color).save(buffer, "JPEG")
    return buffer.getvalue()


def make_scene(vertical: Vertical, external_id: str, *, width: int = 64, height: int = 48, **fields: object) -> Scene:
    """A scene of a vertical with a picture no other scene has."""
    color = "#" + uuid.uuid5(uuid.NAMESPACE_URL, external_id).hex[:6]
    stored = image_store(picture(color, width, height), item=external_id)
    return Scene.objects.create(
        vertical=vertical,
        external_id=external_id,
        image=stored.path,
        sha256=stored.sha256,
        width=stored.width,
        height=stored.height,
        **fields,
    )


def make_product(category: Category, external_id: str, **fields: object) -> Product:
    """A product of a category with one picture."""
    fields.setdefault("title", f"{category.name} {external_id}")
    product = Product.objects.create(vertical=category.vertical, category=category, external_id=external_id, **fields)
    stored = image_store(picture("#" + uuid.uuid5(uuid.NAMESPACE_DNS, external_id).hex[:6]), item=external_id)
    ProductImage.objects.create(
        product=product, image=stored.path, sha256=stored.sha256, width=stored.width, height=stored.height
    )
    return product


def make_version(vertical: Vertical, kind: str, *, number: int = 1, live: bool = True) -> ModelVersion:
    """A registered version without weights, for tests that run no model."""
    return ModelVersion.objects.create(
        vertical=vertical,
        kind=kind,
        number=number,
        path=f"{kind}-{number}",
        fingerprint=uuid.uuid4().hex * 2,
        live=live,
    )


@dataclass
class World:
    """A small home vertical: two categories, three products each, two scenes of which the first has two proposals."""

    ann: User
    arif: User
    cora: User
    bram: User
    sana: User
    mallory: User
    vertical: Vertical
    sofa: Category
    lamp: Category
    brand: Brand
    sofas: list[Product]
    lamps: list[Product]
    scene: Scene
    other_scene: Scene
    detector: ModelVersion
    embedder: ModelVersion
    proposals: list[Proposal]
    campaign: Campaign
    assignment: Assignment


def _user(name: str, role: Role) -> User:
    return User.objects.create_user(name, f"{name}@looktag.example", PASSWORD, role=role, is_staff=role == Role.STAFF)


def _propose(
    scan: Scan, position: int, category: Category, box: tuple[float, float, float, float], products: list[Product]
) -> Proposal:
    left, top, right, bottom = box
    proposal = Proposal.objects.create(
        scan=scan, scene=scan.scene, position=position, category=category, detector_class=category.slug,
        score=0.9 - position / 10, left=left, top=top, right=right, bottom=bottom,
    )  # fmt: skip
    for rank, product in enumerate(products, start=1):
        Candidate.objects.create(proposal=proposal, product=product, rank=rank, score=0.9 - rank / 10)
    return proposal


@pytest.fixture
def world(db: None, files_of_their_own: None) -> World:
    """The cast and their small world, fresh for every test."""
    vertical = Vertical.objects.create(slug="home", name="Home")
    sofa = Category.objects.create(vertical=vertical, slug="sofa", name="Sofa")
    lamp = Category.objects.create(vertical=vertical, slug="lamp", name="Lamp")
    brand = Brand.objects.create(name="Bram")
    sofas = [make_product(sofa, f"sofa-{n}", brand=brand, price=100 + n, currency="EUR") for n in range(3)]
    lamps = [make_product(lamp, f"lamp-{n}", price=20 + n, currency="EUR") for n in range(3)]
    scene = make_scene(vertical, "room-1", domain="blog.example", source_url="https://blog.example/room-1")
    other_scene = make_scene(vertical, "room-2", domain="bram.example", source_url="https://bram.example/room-2")
    detector, embedder = make_version(vertical, "detector"), make_version(vertical, "embedder")
    scan = Scan.objects.create(scene=scene, detector=detector, embedder=embedder, state=Scan.State.DONE)
    proposals = [
        _propose(scan, 0, sofa, (0.1, 0.4, 0.6, 0.9), sofas),
        _propose(scan, 1, lamp, (0.7, 0.1, 0.9, 0.5), lamps),
    ]
    cora = _user("cora", Role.CURATOR)
    campaign = Campaign.objects.create(vertical=vertical, name="First looks", created_by=cora)
    return World(
        ann=_user("ann", Role.ANNOTATOR),
        arif=_user("arif", Role.ANNOTATOR),
        cora=cora,
        bram=_user("bram", Role.BRAND_OWNER),
        sana=_user("sana", Role.STAFF),
        mallory=_user("mallory", Role.BRAND_OWNER),
        vertical=vertical,
        sofa=sofa,
        lamp=lamp,
        brand=brand,
        sofas=sofas,
        lamps=lamps,
        scene=scene,
        other_scene=other_scene,
        detector=detector,
        embedder=embedder,
        proposals=proposals,
        campaign=campaign,
        assignment=Assignment.objects.create(campaign=campaign, scene=scene),
    )
