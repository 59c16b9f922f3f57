"""What a number says about its owner, in words."""

from datetime import date

from sponsorship.wizard.numbers import age_words, born_words, nip_name, nip_words

TODAY = date(2026, 11, 20)


def test_the_words_name_the_birth_or_the_age():
    assert born_words(date(1980, 8, 15), "P") == "lahir 15 Agustus 1980, perempuan"
    assert age_words(date(1980, 11, 21), "L", TODAY) == "45 tahun, laki-laki"
    assert born_words(None, "") == age_words(None, "", TODAY) == ""


def test_a_nip_says_pns_or_pppk():
    assert nip_words("199003152015032901", TODAY, in_full=True) == "PNS, lahir 15 Maret 1990, perempuan"
    assert nip_words("198512122024211902", TODAY, in_full=False) == "PPPK, 40 tahun, laki-laki"
    assert nip_words("", TODAY, in_full=True) == nip_words("12", TODAY, in_full=True) == ""
    assert (nip_name("pppk"), nip_name("pns"), nip_name("")) == ("NI PPPK", "NIP", "NIP")
