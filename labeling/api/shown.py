"""The form in which a seat is shown. The database writes it; what stands here describes it for the schema."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework import serializers

from labeling.annotation.models import Kind
from labeling.api.cards import CandidateCard


class SceneShown(serializers.Serializer[object]):
    """The photo under judgement."""

    id = serializers.IntegerField()
    external_id = serializers.CharField()
    image_url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    title = serializers.CharField()
    description = serializers.CharField()
    domain = serializers.CharField()


class BoxShown(serializers.Serializer[object]):
    """A box that is known of a scene."""

    box = serializers.ListField(child=serializers.FloatField())
    category = serializers.CharField(allow_null=True)


class ObjectShown(serializers.Serializer[object]):
    """A proposal with its slate; in a burst, with the scene it stands in."""

    proposal = serializers.IntegerField()
    scene = SceneShown(required=False)
    box = serializers.ListField(child=serializers.FloatField())
    category = serializers.CharField(allow_null=True)
    score = serializers.FloatField()
    candidates = CandidateCard(many=True)


class AssignmentShown(serializers.Serializer[object]):
    """A seat with all that its page needs. A burst has a category and no scene of its own; a coverage check has ``known``."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Kind.choices)
    category = serializers.CharField(allow_null=True)
    token = serializers.UUIDField()
    revision = serializers.IntegerField()
    lease_until = serializers.DateTimeField(allow_null=True)
    draft = serializers.JSONField(allow_null=True)
    submission = serializers.UUIDField(allow_null=True)
    returned = serializers.CharField(help_text="Why a curator gave this back; empty for all else.")
    training = serializers.BooleanField(help_text="Part of the test to enter the campaign; answered with feedback.")
    scene = SceneShown(allow_null=True)
    objects = ObjectShown(many=True)
    known = BoxShown(many=True, required=False)


def json_response(text: str) -> HttpResponse:
    """JSON that is written already."""
    return HttpResponse(text, content_type="application/json")
