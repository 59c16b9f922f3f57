"""The papers of the tour: the printed mandate with a scribble on it, and cards that belong to nobody."""

import io

import pypdfium2
from PIL import Image, ImageDraw, ImageFont

PAGE_DPI = 110


def signed_pages(pdf: bytes) -> list[bytes]:
    """Every page of the mandate as a photographed sheet (JPEG); the last one carries a signature of ink."""
    document = pypdfium2.PdfDocument(pdf)
    sheets = [
        document[number].render(scale=PAGE_DPI / 72).to_pil().convert("RGB")
        for number in range(len(document))
    ]
    document.close()
    _sign(sheets[-1])
    return [_jpeg(_photographed(sheet)) for sheet in sheets]


def identity_card(name: str) -> bytes:
    """A card that nobody takes for a KTP: it says that it is an example."""
    return _card(
        "CONTOH KARTU IDENTITAS", [name, "Bukan KTP sungguhan", "Semua data rekaan"], (205, 224, 238)
    )


def passbook(name: str, account: str) -> bytes:
    return _card("CONTOH BUKU TABUNGAN", [name, f"Rekening {account}", "Semua data rekaan"], (238, 226, 200))


def receipt(amount: str) -> bytes:
    """The proof of a payment that was never made."""
    return _card("CONTOH BUKTI BAYAR", [amount, "LATIHAN", "Semua data rekaan"], (222, 232, 214))


def _card(title: str, lines: list[str], colour: tuple[int, int, int]) -> bytes:
    image = Image.new("RGB", (1000, 630), colour)
    draw = ImageDraw.Draw(image)
    draw.rectangle((24, 24, 976, 606), outline=(60, 70, 80), width=4)
    draw.text((60, 60), title, fill=(30, 40, 60), font=ImageFont.load_default(44))
    for number, line in enumerate(lines):
        draw.text((60, 190 + 80 * number), line, fill=(20, 20, 20), font=ImageFont.load_default(36))
    return _jpeg(_photographed(image))


def _sign(sheet: Image.Image) -> None:
    draw = ImageDraw.Draw(sheet)
    width, height = sheet.size
    curve = [(width * (0.60 + 0.012 * step), height * (0.80 + 0.018 * (-1) ** step)) for step in range(16)]
    draw.line(curve, fill=(25, 40, 120), width=4, joint="curve")


def _photographed(image: Image.Image) -> Image.Image:
    """Slightly turned, on a table, as a phone sees it."""
    table = Image.new("RGB", (image.width + 80, image.height + 80), (96, 74, 58))
    table.paste(image, (40, 40))
    return table.rotate(0.6, resample=Image.Resampling.BICUBIC, fillcolor=(96, 74, 58))


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()
