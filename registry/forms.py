import re

from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

from config.clock import today
from registry import vault
from registry.actions.staff import set_nip
from registry.models import Bank, RoleAssignment, User
from registry.rules.identity import parse_nip
from registry.rules.roles import OPD_ROLES
from registry.sign_in import username_of


class StaffLoginForm(LoginForm):
    """From here on only the user name is handled: what is typed may be a NIP, and allauth keeps it in the session."""

    def clean_login(self) -> str:
        return username_of(super().clean_login(), on=today())


class BankForm(forms.ModelForm):
    class Meta:
        model = Bank
        fields = "__all__"

    def clean_account_pattern(self) -> str:
        pattern = self.cleaned_data["account_pattern"]
        try:
            re.compile(pattern)
        except re.error as fault:
            raise ValidationError(
                "Pola ini tidak dapat dibaca. Contoh: ^[0-9]{10}$ untuk 10 angka."
            ) from fault
        return pattern


class StaffForm(forms.ModelForm):
    """An account of the offices. The NIP is sealed, so it is typed here and never shown again in full."""

    nip = forms.CharField(
        label="NIP",
        required=False,
        help_text="18 angka; spasi dan titik boleh. Dengan NIP petugas dapat masuk tanpa mengingat nama pengguna. "
        "Bila dibiarkan kosong, NIP yang tersimpan tidak berubah.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "class": "vTextField"}),
    )
    new_password = forms.CharField(
        label="Kata sandi",
        required=False,
        strip=False,
        help_text="Sekurang-kurangnya 12 karakter. Sampaikan langsung kepada petugasnya, bukan lewat surel; "
        "ia menggantinya sendiri setelah masuk. Bila dibiarkan kosong, kata sandi tidak berubah.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "vTextField"}),
    )

    class Meta:
        model = User
        fields = ("username", "full_name", "is_active")

    def clean_nip(self) -> str:
        typed = self.cleaned_data["nip"]
        if not typed.strip():
            return ""
        parsed = parse_nip(typed, today=today())
        if parsed.value is None:
            raise ValidationError(parsed.refusals[0].message)
        digits = parsed.value.digits
        taken = User.objects.filter(nip_index=vault.blind_index("nip", digits)).exclude(pk=self.instance.pk)
        if taken.exists():
            raise ValidationError("NIP ini sudah dipakai akun lain. Satu petugas cukup satu akun.")
        return digits

    def clean_new_password(self) -> str:
        password = self.cleaned_data["new_password"]
        if password:
            password_validation.validate_password(password, self.instance)
        elif self.instance._state.adding:
            raise ValidationError("Akun baru perlu kata sandi.")
        return password

    def save(self, commit: bool = True) -> User:
        user = super().save(commit=False)
        if self.cleaned_data["nip"]:
            set_nip(user, self.cleaned_data["nip"])
        if self.cleaned_data["new_password"]:
            user.set_password(self.cleaned_data["new_password"])
        if commit:
            user.save()
        return user


class RoleForm(forms.ModelForm):
    class Meta:
        model = RoleAssignment
        fields = ("role", "opd")

    def clean(self) -> dict:
        cleaned = super().clean()
        role, opd = cleaned.get("role"), cleaned.get("opd")
        if role in OPD_ROLES and opd is None:
            self.add_error("opd", "Peran ini berlaku untuk satu OPD. Pilih OPD-nya.")
        if role and role not in OPD_ROLES and opd is not None:
            self.add_error("opd", "Peran ini berlaku untuk seluruh kota. Kosongkan OPD.")
        return cleaned
