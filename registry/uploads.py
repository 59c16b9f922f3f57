from collections.abc import Callable

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from registry.intake import unnamed_file
from registry.rules.documents import Limits


def takes_files_of(max_bytes: int) -> Callable:
    """Declares that a view takes files larger than a paper. Under the decorator that says for whom it is."""

    def decorate(view: Callable) -> Callable:
        view.largest_upload = max_bytes
        return view

    return decorate


class UnnamedUpload(FileUploadHandler):
    """Keeps an upload in anonymous memory while the request lasts: nothing to clean up, whatever ends the process.

    One byte more than a paper (or the view's own kind of file) may weigh is kept, so that whoever looks sees that it is
    too large; the rest is dropped.
    """

    def new_file(self, *args, **kwargs) -> None:
        super().new_file(*args, **kwargs)
        self.file = unnamed_file()
        door = getattr(self.request, "resolver_match", None)
        self.room = getattr(door and door.func, "largest_upload", Limits().max_bytes) + 1

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.file.write(raw_data[: self.room])
        self.room -= min(self.room, len(raw_data))

    def file_complete(self, file_size: int) -> UploadedFile:
        self.file.seek(0)
        return UploadedFile(
            self.file, self.file_name, self.content_type, file_size, self.charset, self.content_type_extra
        )

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()
