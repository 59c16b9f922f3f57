"""A bank profile in words: what a layout says, for people who do not read JSON."""

from datetime import datetime
from typing import Any

from autodebit.formats.profile import Change
from autodebit.labels import FORMAT
from autodebit.models.result import OUTCOMES
from registry.rules.display import mask

KEYS = {
    "layouts": "berkas yang dikirim",
    "results": "jawaban bank",
    "statements": "mutasi rekening",
    "max_lines": "baris terbanyak per berkas",
    "creditor_name": "nama rekening penampung",
    "creditor_account": "nomor rekening penampung",
    "creditor_id": "nomor pengenal penagih",
    "note": "catatan",
    "reasons": "kode jawaban",
    "columns": "kolom",
    "opening": "kepala",
    "trailer": "penutup",
    "width": "lebar",
    "title": "judul",
    "source": "isi",
    "constant": "isi tetap",
    "required": "wajib",
    "meaning": "arti",
    "donor_text": "yang dibaca donatur",
    "owner": "giliran",
    "next_action": "langkah berikutnya",
    "retryable": "boleh dicoba lagi",
    "hard": "surat kuasa ditangguhkan",
    "outcomes": "status",
}
FORMS = {
    **FORMAT,
    "result_csv": "Jawaban CSV",
    "result_fixed": "Jawaban teks lebar tetap",
    "result_xlsx": "Jawaban XLSX",
    "pain002": "ISO 20022 pain.002",
    "camt054": "ISO 20022 camt.054",
    "pacs004": "ISO 20022 pacs.004",
    "statement_csv": "Mutasi CSV",
    "camt053": "ISO 20022 camt.053",
}
FACTS = {
    "file_name": "Nama berkas",
    "sheet": "Nama lembar",
    "encoding": "Aksara",
    "line_end": "Akhir baris",
    "delimiter": "Pemisah kolom",
    "quoting": "Tanda kutip",
    "titles": "Baris judul",
    "date_format": "Bentuk tanggal",
    "datetime_format": "Bentuk waktu",
    "amount": "Bentuk jumlah",
    "text": "Tulisan",
    "service_level": "Tingkat layanan",
    "local_instrument": "Jenis instruksi",
    "sequence_type": "Urutan",
    "charge_bearer": "Penanggung biaya",
    "settled": "Status berhasil",
    "pending": "Status menunggu",
}
SOURCES = {
    "number": "nomor urut",
    "reference": "rujukan",
    "mandate_id": "nomor surat kuasa",
    "signed_on": "tanggal surat kuasa",
    "account": "nomor rekening",
    "holder": "pemilik rekening",
    "amount": "jumlah",
    "collection_date": "tanggal potong",
    "creditor_account": "rekening penampung",
    "creditor_name": "nama penampung",
    "scheme_id": "nomor pengenal penagih",
    "opd": "kode OPD",
    "description": "keterangan",
    "message_id": "nomor berkas",
    "answers_to": "nomor berkas kami",
    "count": "jumlah baris",
    "total": "jumlah rupiah",
    "bank_code": "kode bank",
    "created_at": "waktu dibuat",
    "part": "bagian",
    "parts": "jumlah bagian",
    "outcome": "hasil",
    "code": "kode alasan",
    "booked_on": "tanggal buku",
    "valued_on": "tanggal valuta",
    "text": "keterangan bank",
    "ignore": "tidak dibaca",
    "from": "dari tanggal",
    "until": "sampai tanggal",
    "opening": "saldo awal",
    "closing": "saldo akhir",
    "bank_reference": "rujukan bank",
    "debit": "debet",
    "credit": "kredit",
    "balance": "saldo",
    "kind": "jenis",
    "sign": "debet atau kredit",
}
_OUTCOMES = dict(OUTCOMES)
_PARTS = (("opening", "Kepala"), ("columns", "Kolom"), ("trailer", "Penutup"))
_ENDS = {"\r\n": "CR LF", "\n": "LF"}
_MARKS = {",": "koma", ".": "titik", ";": "titik koma", "|": "garis tegak", "\t": "tab", " ": "spasi"}
_A_MOMENT = datetime(2026, 12, 1, 9, 30, 0)


def layout_words(name: str, layout: dict[str, Any]) -> dict[str, Any]:
    """{title, facts: rows of a summary list, columns, outcomes} of one layout."""
    facts = [
        {"label": label, "value": _fact(key, layout[key])} for key, label in FACTS.items() if key in layout
    ]
    columns = [
        _column(place, part, column)
        for key, part in _PARTS
        for place, column in enumerate(layout.get(key, ()), start=1)
    ]
    outcomes = [
        {"word": word, "meaning": _OUTCOMES.get(outcome, outcome)}
        for word, outcome in layout.get("outcomes", {}).items()
    ]
    return {"title": FORMS.get(name, name), "facts": facts, "columns": columns, "outcomes": outcomes}


def change_words(change: Change) -> dict[str, str]:
    """One changed value: where, and its words before and after; an account by its last four digits."""
    where = " › ".join(KEYS.get(part, FORMS.get(part, part)) for part in change.path)
    secret = change.path == ("creditor_account",)
    before, after = (
        mask(value, "account") if secret and value else value for value in (change.before, change.after)
    )
    return {"where": where, "before": _shown(before), "after": _shown(after)}


def _shown(value: str | None) -> str:
    return "tidak ada" if value is None else (value or "kosong")


def _column(place: int, part: str, column: dict[str, Any]) -> dict[str, Any]:
    if "constant" in column:
        content = f"tetap: {column['constant']}" if column["constant"] else "kosong"
    else:
        content = SOURCES.get(column.get("source", ""), column.get("source", ""))
    return {
        "part": part,
        "place": place,
        "title": column.get("title", ""),
        "content": content,
        "width": column.get("width", ""),
        "required": "Ya" if column.get("required") else "",
    }


def _fact(key: str, value: Any) -> str:
    if key == "line_end":
        return _ENDS.get(value, repr(value))
    if key == "delimiter":
        return _MARKS.get(value, value)
    if key in ("date_format", "datetime_format"):
        return f"{_A_MOMENT.strftime(value)} ({value})"
    if key == "amount":
        return _amount(value)
    if key == "text":
        case = "huruf besar" if value.get("upper") else "huruf besar dan kecil"
        return f"{case}; tanda baca {value.get('punctuation', '')}"
    if isinstance(value, bool):
        return "Ya" if value else "Tidak"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _amount(value: dict[str, Any]) -> str:
    whole, decimals = "1234567", int(value.get("decimals", 0))
    group = value.get("group_mark", "")
    shown = f"{int(whole):,}".replace(",", group)
    if decimals:
        shown += value.get("decimal_mark", "") + "0" * decimals
    return f"{shown} (untuk Rp1.234.567)"
