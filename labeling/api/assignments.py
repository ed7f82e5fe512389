"""Lending work, keeping drafts, taking decisions."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.accounts.models import Role
from labeling.annotation.models import SkipReason, Verdict
from labeling.annotation.selectors import LentAssignment, assignments_shown, campaign_get
from labeling.annotation.services import (
    Decision,
    Submission,
    assignment_draft,
    assignment_heartbeat,
    assignment_lend,
    assignment_release,
)
from labeling.api.cards import CandidateCard, ErrorBody, candidate_card
from labeling.api.fields import BoxField
from labeling.api.permissions import caller, role
from labeling.datasets.services import assignment_conclude, skip_conclude

CONFLICT = OpenApiResponse(
    ErrorBody, description="`lease_lost`: the scene is lent to someone else. `conflict`: see the message."
)
DRAFT_BYTES = 400_000
MOST_DECISIONS = 500


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


class ObjectShown(serializers.Serializer[object]):
    """A proposal with its slate."""

    proposal = serializers.IntegerField()
    box = serializers.ListField(child=serializers.FloatField())
    category = serializers.CharField(allow_null=True)
    score = serializers.FloatField()
    candidates = CandidateCard(many=True)


class AssignmentShown(serializers.Serializer[object]):
    """A seat with all that its page needs."""

    id = serializers.IntegerField()
    token = serializers.UUIDField()
    revision = serializers.IntegerField()
    lease_until = serializers.DateTimeField()
    draft = serializers.JSONField(allow_null=True)
    scene = SceneShown()
    objects = ObjectShown(many=True)


class Lend(APIView):
    """Seats of a campaign for the caller: those held already, then the most urgent free ones."""

    permission_classes = [role(Role.ANNOTATOR)]

    class InputSerializer(serializers.Serializer[Any]):
        want = serializers.IntegerField(min_value=1, max_value=10, default=3)

    class OutputSerializer(serializers.Serializer[Any]):
        assignments = AssignmentShown(many=True)

    @extend_schema(
        operation_id="assignments_lend", request=InputSerializer, responses={200: OutputSerializer, 404: ErrorBody}
    )
    def post(self, request: Request, campaign_id: int) -> Response:
        given = _parsed(self.InputSerializer, request)
        campaign = campaign_get(campaign_id=campaign_id)
        ids = assignment_lend(annotator=caller(request), campaign=campaign, want=given["want"])
        return Response({"assignments": [_shown(lent) for lent in assignments_shown(ids=ids)]})


class Draft(APIView):
    """Keeps unfinished work."""

    permission_classes = [role(Role.ANNOTATOR)]

    class InputSerializer(serializers.Serializer[Any]):
        token = serializers.UUIDField()
        revision = serializers.IntegerField(min_value=0)
        state = serializers.DictField()

        def validate_state(self, value: dict[str, object]) -> dict[str, object]:
            if len(str(value)) > DRAFT_BYTES:
                raise serializers.ValidationError(
                    f"A draft holds at most {DRAFT_BYTES} characters. Submit or skip the scene."
                )
            return value

    class OutputSerializer(serializers.Serializer[Any]):
        revision = serializers.IntegerField()

    @extend_schema(
        operation_id="assignment_draft", request=InputSerializer, responses={200: OutputSerializer, 409: CONFLICT}
    )
    def put(self, request: Request, assignment_id: int) -> Response:
        given = _parsed(self.InputSerializer, request)
        revision = assignment_draft(annotator=caller(request), assignment_id=assignment_id, **given)
        return Response({"revision": revision})


class Submit(APIView):
    """Takes the decisions about all objects of a scene."""

    permission_classes = [role(Role.ANNOTATOR)]

    class InputSerializer(serializers.Serializer[Any]):
        class DecisionSerializer(serializers.Serializer[Any]):
            uuid = serializers.UUIDField()
            proposal = serializers.IntegerField(allow_null=True, default=None)
            verdict = serializers.ChoiceField(Verdict.choices)
            box = BoxField()
            category = serializers.CharField(allow_null=True, allow_blank=True, default=None)
            product = serializers.IntegerField(allow_null=True, default=None)
            grade = serializers.CharField(allow_null=True, allow_blank=True, default="")

        uuid = serializers.UUIDField()
        token = serializers.UUIDField()
        seconds = serializers.FloatField(min_value=0, max_value=86400 * 30, default=0.0)
        decisions = DecisionSerializer(many=True)

        def validate_decisions(self, value: list[dict[str, Any]]) -> list[Decision]:
            if len(value) > MOST_DECISIONS:
                raise serializers.ValidationError(f"At most {MOST_DECISIONS} decisions a scene.")
            return [
                Decision(**each | {"verdict": Verdict(each["verdict"]), "grade": each["grade"] or ""}) for each in value
            ]

    class OutputSerializer(serializers.Serializer[Any]):
        assignment = serializers.IntegerField()
        annotations = serializers.IntegerField()

    @extend_schema(
        operation_id="assignment_submit",
        request=InputSerializer,
        responses={201: OutputSerializer, 200: OutputSerializer, 400: ErrorBody, 409: CONFLICT},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        given = _parsed(self.InputSerializer, request)
        return _kept(assignment_conclude(annotator=caller(request), assignment_id=assignment_id, **given))


class Skip(APIView):
    """Passes a scene on."""

    permission_classes = [role(Role.ANNOTATOR)]

    class InputSerializer(serializers.Serializer[Any]):
        uuid = serializers.UUIDField()
        token = serializers.UUIDField()
        reason = serializers.ChoiceField(SkipReason.choices)

    @extend_schema(
        operation_id="assignment_skip",
        request=InputSerializer,
        responses={201: Submit.OutputSerializer, 200: Submit.OutputSerializer, 409: CONFLICT},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        given = _parsed(self.InputSerializer, request)
        given["reason"] = SkipReason(given["reason"])
        return _kept(skip_conclude(annotator=caller(request), assignment_id=assignment_id, **given))


class HeldSerializer(serializers.Serializer[Any]):
    """The proof that one holds a seat."""

    token = serializers.UUIDField()


class Release(APIView):
    """Gives a seat back. Takes a form too, since a page that goes away can send nothing else."""

    permission_classes = [role(Role.ANNOTATOR)]

    @extend_schema(operation_id="assignment_release", request=HeldSerializer, responses={204: None, 409: CONFLICT})
    def post(self, request: Request, assignment_id: int) -> Response:
        given = _parsed(HeldSerializer, request)
        assignment_release(annotator=caller(request), assignment_id=assignment_id, **given)
        return Response(status=204)


class Heartbeat(APIView):
    """Keeps a lease alive."""

    permission_classes = [role(Role.ANNOTATOR)]

    class OutputSerializer(serializers.Serializer[Any]):
        lease_until = serializers.DateTimeField()

    @extend_schema(
        operation_id="assignment_heartbeat", request=HeldSerializer, responses={200: OutputSerializer, 409: CONFLICT}
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        given = _parsed(HeldSerializer, request)
        return Response(
            {"lease_until": assignment_heartbeat(annotator=caller(request), assignment_id=assignment_id, **given)}
        )


def _parsed(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _kept(submission: Submission) -> Response:
    body = {"assignment": submission.assignment.pk, "annotations": submission.annotations}
    return Response(body, status=200 if submission.repeated else 201)


def _shown(lent: LentAssignment) -> dict[str, object]:
    seat, scene = lent.assignment, lent.assignment.scene
    return {
        "id": seat.pk,
        "token": seat.token,
        "revision": seat.revision,
        "lease_until": seat.leased_until,
        "draft": seat.draft,
        "scene": {
            "id": scene.pk,
            "external_id": scene.external_id,
            "image_url": scene.image_url,
            "width": scene.width,
            "height": scene.height,
            "title": scene.title,
            "description": scene.description,
            "domain": scene.domain,
        },
        "objects": [
            {
                "proposal": proposal.pk,
                "box": list(proposal.box),
                "category": proposal.category.slug if proposal.category else None,
                "score": round(proposal.score, 4),
                "candidates": [candidate_card(candidate) for candidate in proposal.candidates.all()],
            }
            for proposal in lent.proposals
        ],
    }
