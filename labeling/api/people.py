"""How well people do in a campaign, for curators."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.accounts.models import Role
from labeling.annotation.agreement import Pairing
from labeling.annotation.selectors import agreement_of, annotators_of, campaign_get, gold_figures, standings_of
from labeling.api.cards import ErrorBody
from labeling.api.permissions import role


class ShareField(serializers.Serializer[Any]):
    """A share in [0, 1] with its 95 % interval; null where nothing was counted."""

    hits = serializers.IntegerField()
    n = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class GoldFigures(serializers.Serializer[Any]):
    """What gold says of a person; with a category, of that category of theirs."""

    annotator = serializers.CharField()
    category = serializers.CharField(allow_null=True)
    right = ShareField()
    false_accept = ShareField()
    false_reject = ShareField()


class PairFigures(serializers.Serializer[Any]):
    """How far two people agree."""

    first = serializers.CharField()
    second = serializers.CharField()
    objects = serializers.IntegerField(help_text="found by both")
    f1 = serializers.FloatField(allow_null=True)
    iou = serializers.FloatField(allow_null=True)
    category = serializers.FloatField(allow_null=True)
    product = serializers.FloatField(allow_null=True)


class People(APIView):
    """Gold, agreement and standing of everybody in a campaign."""

    permission_classes = [role(Role.CURATOR)]

    class OutputSerializer(serializers.Serializer[Any]):
        class AgreementFigures(serializers.Serializer[Any]):
            scenes = serializers.IntegerField()
            f1 = serializers.FloatField(allow_null=True)
            iou = serializers.FloatField(allow_null=True)
            alpha_category = serializers.FloatField(allow_null=True)
            alpha_product = serializers.FloatField(allow_null=True)
            alpha_grade = serializers.FloatField(allow_null=True)
            pairs = PairFigures(many=True)

        class StandingItem(serializers.Serializer[Any]):
            annotator = serializers.CharField()
            standing = serializers.CharField()
            reason = serializers.CharField(allow_blank=True)

        gold = GoldFigures(many=True)
        gold_by_category = GoldFigures(many=True)
        agreement = AgreementFigures()
        standings = StandingItem(many=True)

    @extend_schema(operation_id="people_show", responses={200: OutputSerializer, 404: ErrorBody})
    def get(self, request: Request, campaign_id: int) -> Response:
        campaign = campaign_get(campaign_id=campaign_id)
        names = {each.pk: each.get_username() for each in annotators_of(campaign=campaign)}
        agreed = agreement_of(campaign=campaign)
        vertical = campaign.vertical
        body = {
            "gold": gold_figures(vertical=vertical, campaign=campaign),
            "gold_by_category": gold_figures(vertical=vertical, campaign=campaign, by_category=True),
            "agreement": {
                "scenes": agreed.scenes,
                "f1": agreed.whole.f1,
                "iou": agreed.whole.iou,
                "alpha_category": agreed.alpha_category,
                "alpha_product": agreed.alpha_product,
                "alpha_grade": agreed.alpha_grade,
                "pairs": [_pair(names[first], names[second], pair) for (first, second), pair in agreed.pairs.items()],
            },
            "standings": [
                {"annotator": names[each.annotator_id], "standing": each.state, "reason": each.reason}
                for each in standings_of(campaign=campaign)
            ],
        }
        return Response(self.OutputSerializer(body).data)


def _pair(first: str, second: str, pair: Pairing) -> dict[str, object]:
    return {
        "first": first,
        "second": second,
        "objects": pair.both,
        "f1": pair.f1,
        "iou": pair.iou,
        "category": pair.category,
        "product": pair.product,
    }
