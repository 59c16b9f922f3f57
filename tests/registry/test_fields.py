import os
import uuid

import pytest
from django.core import serializers
from django.db import IntegrityError, connection, transaction

from autodebit.models import Attempt
from registry.fields import SealedTextField
from registry.models import Donor, Message, Worker
from registry.vault import CannotOpen, key_id_of
from sponsorship.models import Mandate, Registration
from tests import at_state
from tests.cast import BIMA, MORNING, RARA

pytestmark = pytest.mark.django_db

CONTACT = "sealed.canary@contoh.example"


def a_donor(number: int = 1, **columns) -> Donor:
    columns = {"contact": CONTACT, "contact_index": f"{number:064d}", **columns}
    return Donor(channel="email", created_at=MORNING, **columns)


def raw(table: str, column: str, pk) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [pk])
        return bytes(cursor.fetchone()[0])


def overwrite(table: str, column: str, pk, value: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, pk])


def test_a_sealed_value_comes_back_as_text_and_lies_there_as_ciphertext():
    donor = a_donor()
    assert donor.contact == CONTACT
    donor.save()

    assert Donor.objects.get(pk=donor.pk).contact == CONTACT
    stored = raw("registry_donor", "contact", donor.pk)
    assert b"canary" not in stored
    assert CONTACT.encode().hex() not in stored.hex()


def test_an_empty_value_stays_empty():
    donor = a_donor()
    donor.save()
    assert raw("registry_donor", "nip", donor.pk) == b""
    assert Donor.objects.get(pk=donor.pk).nip == ""


def test_a_value_copied_to_another_row_does_not_open():
    first, second = a_donor(1), a_donor(2, contact="second@contoh.example")
    first.save()
    second.save()
    overwrite("registry_donor", "contact", second.pk, raw("registry_donor", "contact", first.pk))
    with pytest.raises(CannotOpen):
        _ = Donor.objects.get(pk=second.pk).contact


def test_a_value_copied_to_another_column_of_its_row_does_not_open():
    donor = a_donor()
    donor.save()
    overwrite("registry_donor", "nip", donor.pk, raw("registry_donor", "contact", donor.pk))
    with pytest.raises(CannotOpen):
        _ = Donor.objects.get(pk=donor.pk).nip


def test_a_value_copied_to_another_table_does_not_open():
    donor = a_donor()
    donor.save()
    message = Message(id=donor.pk, event="x", recipient="x", channel="email", to="", subject="x", body="")
    message.save()
    overwrite("registry_message", '"to"', message.pk, raw("registry_donor", "contact", donor.pk))
    with pytest.raises(CannotOpen):
        _ = Message.objects.get(pk=message.pk).to


def test_saving_another_column_leaves_the_ciphertext_as_it_is():
    donor = a_donor()
    donor.save()
    before = raw("registry_donor", "contact", donor.pk)
    again = Donor.objects.get(pk=donor.pk)
    again.name = "Contoh"
    again.save()
    assert raw("registry_donor", "contact", donor.pk) == before


def test_after_a_rotation_old_rows_open_and_new_writes_use_the_new_key(settings):
    donor = a_donor()
    donor.save()
    settings.FIELD_KEYS = {"next": os.urandom(32), **settings.FIELD_KEYS}
    again = Donor.objects.get(pk=donor.pk)
    again.contact = again.contact
    again.save(update_fields=["contact"])
    assert key_id_of(raw("registry_donor", "contact", donor.pk)) == "next"
    assert Donor.objects.get(pk=donor.pk).contact == CONTACT


@pytest.mark.parametrize("plain", ["plain text", b"plain bytes"])
def test_an_update_without_the_row_is_refused(plain):
    donor = a_donor()
    donor.save()
    with pytest.raises(TypeError, match="sealed"):
        Donor.objects.filter(pk=donor.pk).update(contact=plain)
    with pytest.raises(TypeError, match="sealed"):
        Donor.objects.filter(contact=plain).first()


def test_bytes_that_nobody_sealed_are_not_saved():
    donor = a_donor(contact=b"plain bytes")
    with pytest.raises(TypeError, match="sealed"):
        donor.save()


def test_bulk_update_is_refused_before_anything_is_written():
    donor = a_donor()
    donor.save()
    donor.contact = "another@contoh.example"
    with pytest.raises(TypeError, match="sealed"), transaction.atomic():
        Donor.objects.bulk_update([donor], ["contact"])
    assert Donor.objects.get(pk=donor.pk).contact == CONTACT


def test_many_rows_at_once_are_each_sealed_to_their_own_place():
    donors = [a_donor(number, contact=f"{number}@contoh.example") for number in range(1, 4)]
    Donor.objects.bulk_create(donors)
    found = {donor.pk: donor.contact for donor in Donor.objects.all()}
    assert found == {donor.pk: f"{number}@contoh.example" for number, donor in enumerate(donors, start=1)}


def test_a_deferred_value_is_fetched_when_it_is_read(django_assert_num_queries):
    a_donor().save()
    donor = Donor.objects.defer("contact").get()
    with django_assert_num_queries(1):
        assert donor.contact == CONTACT
    with django_assert_num_queries(0):
        assert donor.contact == CONTACT


def test_a_copy_that_names_no_row_cannot_be_sealed():
    with pytest.raises(ValueError, match="has no mandate_id yet"):
        Attempt._meta.get_field("account").pre_save(Attempt(account="0001234567"), add=True)


def test_a_serialised_row_does_not_leak_what_is_sealed():
    donor = a_donor()
    with pytest.raises(TypeError, match="not serialised"):
        serializers.serialize("json", [donor])


def test_migrations_know_the_binding_and_nothing_of_the_settled_options():
    field = SealedTextField(bound_by="mandate_id", bound_as="sponsorship_mandate.account")
    assert field.deconstruct()[3] == {"bound_by": "mandate_id", "bound_as": "sponsorship_mandate.account"}
    assert SealedTextField().deconstruct()[3] == {}


def test_a_frozen_copy_opens_with_the_binding_of_its_mandate_and_with_no_other():
    mine, other = at_state.printed(RARA), at_state.printed(BIMA)
    copied = Mandate.objects.values_list("account", flat=True).get(pk=mine.pk)

    assert Attempt(mandate_id=mine.pk, account=copied).account == RARA.account
    with pytest.raises(CannotOpen):
        _ = Attempt(mandate_id=other.pk, account=copied).account
    with pytest.raises(CannotOpen):
        _ = Registration(pk=mine.registration_id, account=copied).account


def test_every_model_with_a_sealed_field_makes_its_key_before_the_first_save():
    for model in (Donor, Worker, Message, Registration, Mandate):
        assert isinstance(model().pk, uuid.UUID)


def test_the_database_refuses_money_below_zero():
    made = at_state.draft(RARA)
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.filter(pk=made.pk).update(ceiling=-1)
