"""Nobody who asks for work, opens the page or submits waits for a model: a web process has none in it, whatever it serves."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from django.conf import settings

from labeling.annotation.models import Annotation, Assignment
from tests.e2e.browser import session_of
from tests.e2e.workers import ROOT, worker_environment
from tests.labeling.deciding import add_scenes
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
MODELS = ("torch", "torchvision", "faiss", "openvino", "labeling.inference.runtime", "models_ml.pipeline")

# A web process of its own, to which one person comes for a scene.
SERVE = """
import json, sys, uuid
import django
django.setup()
from django.test import Client
sys.path.insert(0, {root!r})
from benchmarks._annotator import confirmed
client = Client()
client.cookies["sessionid"] = {session!r}
def post(path, body):
    answer = client.post(path, json.dumps(body), content_type="application/json")
    assert answer.status_code < 300, (path, answer.status_code, answer.content)
    return answer.json() if answer.content else None
assert client.get("/annotate/{campaign}/").status_code == 200
lent = post("/api/campaigns/{campaign}/lend/", {{"want": 3}})["assignments"]
seat = lent[0]
address = "/api/assignments/%d/" % seat["id"]
client.put(address + "draft/", {{"token": seat["token"], "revision": 0, "state": {{}}}}, content_type="application/json")
post(address + "heartbeat/", {{"token": seat["token"]}})
post(address + "retrievals/", {{"token": seat["token"], "box": [0.1, 0.1, 0.5, 0.5], "category": "lamp"}})
post(address + "submit/", {{"uuid": str(uuid.uuid4()), "token": seat["token"], "seconds": 1,
    "decisions": [confirmed(thing) for thing in seat["objects"]]}})
post(address + "reopen/", {{}})
assert client.get("/api/me/pace/").status_code == client.get("/api/assignments/").status_code == 200
print(json.dumps(sorted(sys.modules)))
"""


def test_it_works(world: World, transactional_db: None, tmp_path: object) -> None:
    add_scenes(world, 3)
    for number, seat in enumerate(Assignment.objects.order_by("pk")):
        seat.priority = -float(number)
        seat.save(update_fields=["priority"])
    before = dict(Assignment.objects.values_list("pk", "priority"))
    script = SERVE.format(root=str(ROOT), session=session_of(world.ann), campaign=world.campaign.pk)
    environment = worker_environment(settings.MEDIA_ROOT.parent) | {
        "LOOKTAG_SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "labeling.settings",
    }
    served = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert served.returncode == 0, served.stderr[-3000:]
    loaded = set(json.loads(served.stdout.splitlines()[-1]))
    assert "labeling.api.assignments" in loaded
    assert loaded & set(MODELS) == set()
    # What was asked for was really served, and nobody's click has put anything into another order.
    assert Annotation.objects.filter(annotator=world.ann).count() == 2
    assert dict(Assignment.objects.values_list("pk", "priority")) == before
