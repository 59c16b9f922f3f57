"""How messages reach a donor, under /saya/pesan/: channel, kinds, and a second contact proven by a code."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from registry.actions import contacts, preferences
from registry.actions.messages import FELL_BACK
from registry.models import ContactCode, Message
from registry.queries import contacts_of, has_whatsapp
from registry.rules.display import mask_contact
from registry.rules.finding import Finding
from registry.rules.preferences import KINDS, offered, route
from registry.tasks import send_soon
from sponsorship.queries_own_data import messages_to
from sponsorship.rules.months import indonesian_date, wib
from sponsorship.wizard import limits, session
from sponsorship.wizard.forms import CodeForm, ContactForm
from sponsorship.wizard.own_pages import show_own
from sponsorship.wizard.privacy_forms import MessagesForm
from sponsorship.wizard.views.pages import Visit, once, own

# The code on its way to a second contact; kept apart from the code that lets somebody in.
SECOND_CODE = "second_code"
NEWEST = 20


@own("GET", "POST")
def own_messages(visit: Visit) -> HttpResponse:
    donor, posted = visit.donor, visit.request.method == "POST"
    known = contacts_of(donor)
    channels = {
        channel: mask_contact("email" if channel == "email" else "phone", known.at(channel))
        for channel in offered(known, has_whatsapp())
    }
    current = {
        "preferred": route(known, donor.preferred, has_whatsapp())[0],
        "wanted": [kind.code for kind in KINDS if kind.code not in donor.muted],
    }
    form = MessagesForm(visit.request.POST if posted else None, initial=current, offered=channels)
    if posted and form.is_valid():
        result = once(
            visit,
            lambda: preferences.choose(by=donor, **form.cleaned_data, now=visit.now),
            lambda _: reverse("own_messages"),
        )
        if not isinstance(result, Finding):
            messages.success(visit.request, "Pilihan pesan sudah disimpan.")
            return redirect("own_messages")
        form.refuse(result)
    context = {
        "page_title": "Pesan",
        "form": form,
        "kinds": KINDS,
        "contact": session.shown_contact(donor),
        "second": mask_contact(donor.second_channel, donor.second_contact) if donor.second_channel else "",
        "same_kind": donor.second_channel == donor.channel,
        "told": [_told(message) for message in messages_to(donor)[:NEWEST]],
        "fell_back": any(message.error.startswith(FELL_BACK) for message in messages_to(donor)[:NEWEST]),
    }
    return show_own(visit, "sponsorship/own/messages.html", here="own_messages", **context)


def _told(message: Message) -> dict[str, str]:
    at = message.sent_at or message.created_at
    return {
        "what": message.get_event_display(),
        "when": f"{indonesian_date(at)}, {wib(at)}",
        "how": f"{message.get_channel_display()}, {message.get_state_display().lower()}",
    }


@own("GET", "POST")
def second_contact(visit: Visit) -> HttpResponse:
    """Another contact: a code goes there first."""
    posted = visit.request.method == "POST"
    form = ContactForm(visit.request.POST if posted else None)
    if posted and form.is_valid():
        answer = _send(visit, *form.channel_and_contact)
        if isinstance(answer, HttpResponse):
            return answer
        form.refuse(answer)
    context = {"page_title": "Kontak kedua", "back_url": reverse("own_messages"), "form": form}
    return show_own(visit, "sponsorship/own/second_contact.html", here="own_messages", **context)


@own("GET", "POST")
def second_code(visit: Visit) -> HttpResponse:
    """The code that came to it."""
    known = visit.request.session.get(SECOND_CODE)
    pending = ContactCode.objects.filter(pk=known).first() if known else None
    if pending is None:
        return redirect("own_contact")
    again, posted = "ulang" in visit.request.POST, visit.request.method == "POST"
    form = CodeForm(visit.request.POST if posted and not again else None)
    if again:
        answer = _send(visit, pending.channel, pending.contact)
        if isinstance(answer, HttpResponse):
            return answer
        messages.info(visit.request, answer.message)
    elif posted and form.is_valid():
        stopped = limits.too_many(visit.request, "kode", str(pending.pk), limits.TRIES)
        if stopped:
            return stopped
        result = preferences.prove_second_contact(
            by=visit.donor, code_id=pending.pk, typed=form.cleaned_data["code"], now=visit.now
        )
        if not isinstance(result, Finding):
            del visit.request.session[SECOND_CODE]
            messages.success(visit.request, "Kontak kedua sudah tersimpan. Pilih saluran pesan di bawah ini.")
            return redirect("own_messages")
        form.refuse(result)
    context = {
        "page_title": "Masukkan kode",
        "back_url": reverse("own_contact"),
        "form": form,
        "contact": session.shown_contact(pending),
        "by_email": pending.channel == "email",
    }
    return show_own(visit, "sponsorship/own/second_code.html", here="own_messages", **context)


@own("POST")
def remove_contact(visit: Visit) -> HttpResponse:
    once(
        visit,
        lambda: preferences.remove_second_contact(by=visit.donor, now=visit.now),
        lambda _: reverse("own_messages"),
    )
    messages.success(visit.request, "Kontak kedua sudah dihapus.")
    return redirect("own_messages")


@own("POST")
def swap_contacts(visit: Visit) -> HttpResponse:
    result = once(
        visit,
        lambda: preferences.swap_contacts(by=visit.donor, now=visit.now),
        lambda _: reverse("own_messages"),
    )
    if isinstance(result, Finding):
        messages.error(visit.request, result.message)
    else:
        send_soon()
        messages.success(visit.request, "Kontak untuk masuk sudah diganti. Kedua kontak kami beri tahu.")
    return redirect("own_messages")


def _send(visit: Visit, channel: str, address: str) -> HttpResponse | Finding:
    """Sends a code to what may become the second contact."""
    fault = preferences.second_contact_fault(visit.donor, channel, address)
    if fault:
        return fault
    index = contacts.contact_index(channel, address)
    stopped = limits.too_many(visit.request, "kirim-kode", index, limits.CODES) or limits.too_many(
        visit.request, "kontak-kedua", str(visit.donor.pk), limits.STARTS
    )
    if stopped:
        return stopped
    sent = contacts.send_code(channel=channel, contact=address, now=visit.now)
    if isinstance(sent, Finding):
        return sent
    send_soon()
    visit.request.session[SECOND_CODE] = str(sent.pk)
    return redirect("own_contact_code")
