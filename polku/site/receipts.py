"""Where the SMS operator tells what became of a text message (settings `SMS_RECEIPT_*`, docs/messages.md)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from polku.access.needs import machine
from polku.gateways.sms import receipts
from polku.kit.errors import Invalid, NotAllowed, NotFound
from polku.outbox import actions, configuration


@machine("messages.receipts")
@csrf_exempt
@require_POST
def sms_receipts(request: Any) -> HttpResponse:
    """Write down delivery receipts; the same ones again change nothing."""
    settings = configuration.current().receipts
    if settings is None:
        raise NotFound("not_found", _("There is no such page, or it is not yours to see."))
    try:
        receipts.check_proof(settings, request.headers, request.body)
        reports = receipts.read(settings, request.content_type, request.body)
    except receipts.NotTheOperator:
        raise NotAllowed("not_the_operator", _("The secret or signature of the receipt is wrong.")) from None
    except receipts.UnreadableReceipt as wrong:
        raise Invalid("bad_receipt", _("The receipt could not be read."), wrong=str(wrong)) from None
    known = actions.record_receipts(reports=reports, at=request.at)
    return JsonResponse({"received": len(reports), "known": known})
