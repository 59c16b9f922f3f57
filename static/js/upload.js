// Shows the chosen photo and makes it smaller before it is sent. Without this the server does the same.
(function () {
  "use strict";
  const LARGEST = 500 * 1024;
  // Longest edge in pixels and JPEG quality, from the best to the smallest still readable.
  const TRIES = [[2000, 0.85], [2000, 0.7], [1700, 0.65], [1400, 0.6]];

  const size = function (bytes) {
    return bytes < 1048576 ? Math.round(bytes / 1024) + " KB" : (bytes / 1048576).toFixed(1).replace(".", ",") + " MB";
  };

  // A JPEG below the limit where that is possible, else the smallest one; a file that is no photo stays as it was.
  const shrink = async function (file) {
    if (!/^image\/(jpeg|png)$/.test(file.type) || file.size <= LARGEST) return file;
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    let smallest = file;
    for (const [edge, quality] of TRIES) {
      const scale = Math.min(1, edge / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise(function (done) { canvas.toBlob(done, "image/jpeg", quality); });
      if (blob && blob.size < smallest.size) {
        smallest = new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
      }
      if (smallest.size <= LARGEST) break;
    }
    return smallest;
  };

  document.querySelectorAll("[data-upload]").forEach(function (box) {
    const input = box.querySelector("input[type=file]");
    const note = box.querySelector("[data-upload-note]");
    const preview = box.querySelector("[data-upload-preview]");
    let address;
    input.addEventListener("change", async function () {
      if (address) URL.revokeObjectURL(address);
      preview.hidden = true;
      preview.textContent = note.textContent = "";
      if (!input.files.length) return;
      const chosen = Array.from(input.files);
      let files = chosen;
      try {
        files = await Promise.all(chosen.map(shrink));
        const carrier = new DataTransfer();
        files.forEach(function (file) { carrier.items.add(file); });
        input.files = carrier.files;
      } catch (reason) { files = chosen; }
      const total = files.reduce(function (sum, file) { return sum + file.size; }, 0);
      note.textContent = (files.length > 1 ? files.length + " berkas dipilih, " : "Berkas dipilih, ") + size(total) +
        ". Periksa apakah tulisannya terbaca.";
      if (/^image\/(jpeg|png|webp)$/.test(files[0].type)) {
        const picture = new Image();
        address = picture.src = URL.createObjectURL(files[0]);
        picture.alt = "Pratinjau berkas yang Anda pilih";
        preview.append(picture);
        preview.hidden = false;
      }
    });
  });
})();
