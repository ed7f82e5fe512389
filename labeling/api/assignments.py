"""Lending work, keeping drafts, taking decisions."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.accounts.models import Role
from labeling.annotation.models import Mark, Purpose, SkipReason, Verdict
from labeling.annotation.selectors import assignments_shown, marks_of_seat
from labeling.annotation.services import (
    Decision,
    Submission,
    assignment_draft,
    assignment_heartbeat,
    assignment_lend,
    assignment_release,
    assignment_skip,
    assignment_submit,
)
from labeling.annotation.services.checking import MOST_SECONDS
from labeling.api.cards import ErrorBody
from labeling.api.fields import BoxField
from labeling.api.permissions import caller, role
from labeling.api.shown import AssignmentShown, json_response
from labeling.datasets.tasks import settle_waiting

CONFLICT = OpenApiResponse(
    ErrorBody,
    description="`lease_lost`: the scene is lent to someone else. `conflict`: see the message; where the caller has decided "
    "already, `submission` and `decisions` are what counts now.",
)
DRAFT_BYTES = 400_000
MOST_DECISIONS = 500


class Lend(APIView):
    """Work of a campaign for the caller: what is held already, then the most urgent that is free."""

    permission_classes = [role(Role.ANNOTATOR)]

    class InputSerializer(serializers.Serializer[Any]):
        want = serializers.IntegerField(min_value=1, max_value=10, default=3)
        have = serializers.ListField(
            child=serializers.IntegerField(),
            max_length=100,
            default=list,
            help_text="Assignments that the page holds already: they are renewed, and not shown again.",
        )

    class OutputSerializer(serializers.Serializer[Any]):
        assignments = AssignmentShown(many=True)

    @extend_schema(
        operation_id="assignments_lend", request=InputSerializer, responses={200: OutputSerializer, 404: ErrorBody}
    )
    def post(self, request: Request, campaign_id: int) -> HttpResponse:
        given = _parsed(self.InputSerializer, request)
        lent = assignment_lend(annotator=caller(request), campaign_id=campaign_id, want=given["want"])
        fresh = [seat for seat in lent if seat.pk not in given["have"]]
        return json_response(f'{{"assignments":[{",".join(assignments_shown(seats=fresh))}]}}')


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


class Feedback(serializers.Serializer[Any]):
    """How one object of a test was answered, and what is right."""

    proposal = serializers.IntegerField()
    right = serializers.BooleanField()
    wrong = serializers.CharField(
        allow_blank=True, help_text="What was shown wrongly: box, category, product, or nothing."
    )
    accepted = serializers.BooleanField(help_text="Whether there is an object.")
    box = serializers.ListField(child=serializers.FloatField())
    category = serializers.CharField(allow_null=True)
    product = serializers.IntegerField(allow_null=True)


class Submit(APIView):
    """Takes the decisions about all that was asked: the objects of a scene, those of a burst, or what was missing."""

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
            seconds = serializers.FloatField(
                min_value=0,
                allow_null=True,
                default=None,
                help_text=f"Active time; counted up to {MOST_SECONDS:.0f} s.",
            )
            comment = serializers.CharField(max_length=1000, allow_blank=True, default="")
            flagged = serializers.BooleanField(default=False, help_text="The curator is asked to look.")

        uuid = serializers.UUIDField()
        token = serializers.UUIDField()
        amends = serializers.UUIDField(
            allow_null=True,
            default=None,
            help_text="The uuid of the caller's submission or skip that this one replaces.",
        )
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
        feedback = Feedback(many=True, required=False, help_text="In training alone: how each object was answered.")

    @extend_schema(
        operation_id="assignment_submit",
        request=InputSerializer,
        responses={201: OutputSerializer, 200: OutputSerializer, 400: ErrorBody, 409: CONFLICT},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        given = _parsed(self.InputSerializer, request)
        return _kept(assignment_submit(annotator=caller(request), assignment_id=assignment_id, **given))


class Skip(APIView):
    """Passes a scene on."""

    permission_classes = [role(Role.ANNOTATOR)]

    class InputSerializer(serializers.Serializer[Any]):
        uuid = serializers.UUIDField()
        token = serializers.UUIDField()
        reason = serializers.ChoiceField(SkipReason.choices)
        amends = serializers.UUIDField(allow_null=True, default=None)

    @extend_schema(
        operation_id="assignment_skip",
        request=InputSerializer,
        responses={201: Submit.OutputSerializer, 200: Submit.OutputSerializer, 409: CONFLICT},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        given = _parsed(self.InputSerializer, request)
        given["reason"] = SkipReason(given["reason"])
        return _kept(assignment_skip(annotator=caller(request), assignment_id=assignment_id, **given))


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
    if not submission.repeated:
        settle_waiting.nudge_on_commit()
    body: dict[str, object] = {"assignment": submission.assignment.pk, "annotations": submission.annotations}
    if submission.assignment.purpose == Purpose.TRAINING:
        body["feedback"] = [_feedback(mark) for mark in marks_of_seat(seat=submission.assignment)]
    return Response(body, status=200 if submission.repeated else 201)


def _feedback(mark: Mark) -> dict[str, object]:
    gold = mark.plant.gold
    return {
        "proposal": gold.proposal_id,
        "right": mark.right,
        "wrong": mark.wrong,
        "accepted": gold.accepted,
        "box": list(gold.box),
        "category": gold.category.slug if gold.category else None,
        "product": gold.product_id,
    }
