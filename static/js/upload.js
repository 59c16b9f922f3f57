// Each chosen file is shown, made smaller and sent at once, one after the other; a bad line is tried again.
// Without this the page's form sends the same files. What was not kept goes back into its field, so nothing chosen is lost.
(function () {
  "use strict";
  const LARGEST_PHOTO = 500 * 1024;
  // Longest edge in pixels and JPEG quality, from the best to the smallest still readable.
  const TRIES = [[2000, 0.85], [2000, 0.7], [1700, 0.65], [1400, 0.6]];
  const WAITS = [2, 5, 12]; // seconds before the second, third and fourth try
  const SLOWEST = 180000; // milliseconds for one file
  const ASK_EVERY = 2000;
  const ASK_FOR = 20000;
  const DOUBT = ".notice-wait, .notice-stop";
  const RELOAD = "Halaman perlu dimuat ulang: sesi berakhir atau pendaftaran sudah dikirim. Berkas yang sudah diterima aman.";

  const boxes = Array.from(document.querySelectorAll("[data-upload]"));
  if (!boxes.length || !window.FormData || !window.DataTransfer) return;
  const form = boxes[0].closest("form");
  const jobs = [];
  let busy = false;
  let goOn = null; // the button that was pressed while files were still on their way
  let leaving = false;
  let askUntil = 0;

  const size = function (bytes) {
    return bytes < 1048576 ? Math.round(bytes / 1024) + " KB" : (bytes / 1048576).toFixed(1).replace(".", ",") + " MB";
  };
  const pause = function (seconds) { return new Promise(function (done) { setTimeout(done, seconds * 1000); }); };
  const inputOf = function (box) { return box.querySelector("input[type=file]"); };
  const say = function (box, words) { box.querySelector("[data-upload-note]").textContent = words; };

  // A JPEG below the limit where that is possible, else the smallest one; a file that is no photo stays as it was.
  const shrink = async function (file) {
    if (!/^image\/(jpeg|png)$/.test(file.type) || file.size <= LARGEST_PHOTO) return file;
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
      if (smallest.size <= LARGEST_PHOTO) break;
    }
    return smallest;
  };

  // One line of the list of chosen files: a small picture, what is happening, a bar, and what can be done.
  const draw = function (job) {
    const row = document.createElement("li");
    if (/^image\/(jpeg|png|webp)$/.test(job.file.type)) {
      const picture = new Image();
      job.address = picture.src = URL.createObjectURL(job.file);
      picture.alt = "Pratinjau " + job.name;
      row.append(picture);
    }
    job.words = document.createElement("p");
    job.bar = document.createElement("progress");
    job.bar.max = 100;
    job.bar.value = 0;
    job.bar.setAttribute("aria-label", "Kemajuan unggah " + job.name);
    job.deeds = document.createElement("p");
    job.deeds.className = "links";
    job.deeds.hidden = true;
    const deed = function (label, act) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link-button";
      button.append(label);
      const rest = document.createElement("span");
      rest.className = "visually-hidden";
      rest.textContent = " " + job.name;
      button.append(rest);
      button.addEventListener("click", act);
      job.deeds.append(button);
      return button;
    };
    job.again = deed("Coba lagi", function () { inputOf(job.box).focus(); job.state = "waiting"; tell(job, "menunggu giliran."); work(); });
    deed("Buang", function () { inputOf(job.box).focus(); drop(job); putBack(job.box); say(job.box, job.name + " dibuang."); });
    row.append(job.words, job.bar, job.deeds);
    job.row = row;
    const list = job.box.querySelector("[data-upload-queue]");
    list.hidden = false;
    list.append(row);
  };

  const tell = function (job, words, aloud) {
    job.words.textContent = job.name + ": " + words;
    job.bar.hidden = job.state !== "sending" && job.state !== "waiting";
    job.deeds.hidden = job.state !== "failed" && job.state !== "refused";
    job.again.hidden = job.state !== "failed";
    if (aloud) say(job.box, job.name + ": " + words);
  };

  const drop = function (job) {
    jobs.splice(jobs.indexOf(job), 1);
    if (job.address) URL.revokeObjectURL(job.address);
    job.row.remove();
    const list = job.box.querySelector("[data-upload-queue]");
    list.hidden = !list.children.length;
  };

  // The field holds what is not kept: the form can always be sent the plain way.
  const putBack = function (box) {
    const carrier = new DataTransfer();
    jobs.forEach(function (job) { if (job.box === box && job.state !== "kept") carrier.items.add(job.file); });
    inputOf(box).files = carrier.files;
  };

  // Resolves with {status, answer}; answer is null when it was no JSON. Rejects when the line or the server gave up.
  const send = function (job) {
    return new Promise(function (done, failed) {
      const asked = new XMLHttpRequest();
      const body = new FormData();
      body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      body.append(job.box.dataset.upload, job.file, job.file.name);
      asked.open("POST", window.location.pathname);
      asked.setRequestHeader("Accept", "application/json");
      asked.timeout = SLOWEST;
      asked.upload.addEventListener("progress", function (event) {
        if (!event.lengthComputable) return;
        job.bar.value = Math.round(100 * event.loaded / event.total);
        job.words.textContent = job.name + ": " + (event.loaded < event.total
          ? "mengunggah, " + job.bar.value + "% dari " + size(event.total) + "."
          : "sudah sampai, sedang diperiksa.");
      });
      asked.addEventListener("load", function () {
        if (asked.status >= 500) { failed(); return; }
        const json = /^application\/json/.test(asked.getResponseHeader("Content-Type") || "");
        let answer = null;
        try { answer = json ? JSON.parse(asked.responseText) : null; } catch (reason) { answer = null; }
        done({ status: asked.status, answer: answer });
      });
      ["error", "timeout", "abort"].forEach(function (name) { asked.addEventListener(name, failed); });
      asked.send(body);
    });
  };

  const deliver = async function (job) {
    job.state = "sending";
    if (job.file.size > Number(job.box.dataset.largest)) {
      job.state = "refused";
      tell(job, "lebih besar dari " + size(Number(job.box.dataset.largest)) + ". Foto ulang dengan ukuran lebih kecil.", true);
      return;
    }
    let got = null;
    for (let turn = 0; !got; turn++) {
      job.bar.value = 0;
      tell(job, "mengunggah " + size(job.file.size) + ".", turn === 0);
      try {
        got = await send(job);
      } catch (reason) {
        if (turn === WAITS.length) {
          job.state = "failed";
          tell(job, "belum terkirim karena sambungan terputus. Berkas masih ada di sini; tekan “Coba lagi”.", true);
          return;
        }
        tell(job, "sambungan terputus. Mencoba lagi dalam " + WAITS[turn] + " detik (percobaan " + (turn + 2) + " dari " +
          (WAITS.length + 1) + ").", true);
        await pause(WAITS[turn]);
      }
    }
    if (got.status === 200 && got.answer) {
      job.state = "kept";
      job.paper = String(got.answer.paper);
      show(got.answer);
      tell(job, "sudah diterima. Periksa apakah tulisannya terbaca.");
      say(job.box, got.answer.said);
      return;
    }
    job.state = got.answer && got.status !== 429 ? "refused" : "failed";
    const tooLarge = got.status === 413 ? "berkas terlalu besar. Foto ulang dengan ukuran lebih kecil." : RELOAD;
    tell(job, got.answer ? got.answer.error : tooLarge, true);
  };

  const work = async function () {
    if (busy) return;
    busy = true;
    for (let job; (job = jobs.find(function (each) { return each.state === "waiting"; }));) await deliver(job);
    busy = false;
    boxes.forEach(putBack);
    if (!goOn || boxes.some(function (box) { return box.pending; })) return;
    const button = goOn;
    goOn = null;
    if (jobs.some(function (job) { return job.state === "failed"; })) return;
    leaving = true;
    if (form.requestSubmit) form.requestSubmit(button); else form.submit();
  };

  // The lists of what is kept, as the server draws them.
  const show = function (answer) {
    boxes.forEach(function (box) {
      const piece = answer.sections[box.dataset.upload];
      const kept = box.querySelector("[data-upload-kept]");
      const input = inputOf(box);
      box.querySelector("label[for=" + input.id + "]").textContent = piece.label;
      if (box.shown === piece.html) return;
      const had = kept.contains(document.activeElement);
      const before = kept.querySelectorAll(DOUBT).length;
      box.shown = kept.innerHTML = piece.html;
      if (had) input.focus();
      // What the page said about this field was about what was handed in before.
      box.querySelectorAll(".invalid-feedback").forEach(function (said) { said.remove(); });
      box.querySelectorAll(".field-error").forEach(function (field) { field.classList.remove("field-error"); });
      input.classList.remove("is-invalid");
      input.removeAttribute("aria-invalid");
      const example = box.querySelector(".upload-example");
      if (example) example.hidden = Boolean(kept.children.length);
      if (kept.querySelectorAll(DOUBT).length > before) say(box, "Ada catatan tentang foto ini; bacalah di atas.");
    });
    if (!answer.waiting) askUntil = 0;
    else if (!askUntil) { askUntil = Date.now() + ASK_FOR; setTimeout(ask, ASK_EVERY); }
  };

  // What the check of the photos found, asked for a little while; later it stands on the next page.
  const ask = async function () {
    if (!askUntil || leaving) return;
    if (Date.now() > askUntil) { askUntil = 0; return; }
    try {
      const got = await fetch(window.location.pathname, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!got.ok || !/^application\/json/.test(got.headers.get("Content-Type") || "")) { askUntil = 0; return; }
      show(await got.json());
    } catch (reason) { /* the line is away: asked again */ }
    if (askUntil) setTimeout(ask, ASK_EVERY);
  };

  const take = async function (box) {
    const input = inputOf(box);
    const chosen = Array.from(input.files);
    // A field for one file: the new one takes the place of the one before. Pages add up, only refused ones go.
    jobs.filter(function (job) {
      return job.box === box && (job.state === "refused" || (!input.multiple && job.state !== "sending"));
    }).forEach(drop);
    let count = jobs.filter(function (job) { return job.box === box; }).length;
    for (const original of chosen) {
      let file = original;
      try { file = await shrink(original); } catch (reason) { file = original; }
      const job = { box: box, file: file, state: "waiting", name: input.multiple ? "Foto " + ++count : "Foto Anda" };
      jobs.push(job);
      draw(job);
      tell(job, "menunggu giliran.");
    }
  };

  const remove = async function (button) {
    const box = button.closest("[data-upload]");
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    try {
      const got = await fetch(button.dataset.remove, {
        method: "POST", body: body, headers: { Accept: "application/json" }, credentials: "same-origin",
      });
      const json = /^application\/json/.test(got.headers.get("Content-Type") || "");
      const answer = json ? await got.json() : { error: RELOAD };
      if (answer.sections) {
        jobs.filter(function (job) { return job.state === "kept" && button.dataset.remove.includes("/" + job.paper + "/"); }).forEach(drop);
        show(answer);
      }
      say(box, answer.said || answer.error);
    } catch (reason) { say(box, "Belum terhapus karena sambungan terputus. Coba lagi."); }
  };

  boxes.forEach(function (box) {
    const input = inputOf(box);
    box.pending = 0;
    input.addEventListener("change", async function () {
      if (!input.files.length) return;
      box.pending++;
      await take(box);
      box.pending--;
      work();
    });
    box.addEventListener("click", function (event) {
      const button = event.target.closest("[data-remove]");
      if (!button) return;
      event.preventDefault();
      remove(button);
    });
    const camera = box.querySelector("[data-upload-camera]");
    input.before(camera); // the question first, then both ways to answer it
    camera.hidden = !(window.matchMedia && window.matchMedia("(pointer: coarse)").matches);
    // The same field, asked for the camera this once; the gallery stays where it is.
    camera.querySelector("button").addEventListener("click", function () {
      input.setAttribute("capture", "environment");
      input.click();
      setTimeout(function () { input.removeAttribute("capture"); }, 1000);
    });
  });

  form.addEventListener("submit", function (event) {
    if (leaving) return;
    const open = jobs.some(function (job) { return job.state !== "refused" && job.state !== "kept"; }) || boxes.some(function (box) { return box.pending; });
    if (!open) return;
    event.preventDefault();
    event.stopPropagation(); // it is not sent yet: nothing may keep it from being sent in a moment
    goOn = event.submitter || form.querySelector("button[type=submit]:not([form])");
    jobs.forEach(function (job) {
      if (job.state === "failed") { job.state = "waiting"; tell(job, "menunggu giliran."); }
    });
    const late = jobs.find(function (job) { return job.state === "waiting" || job.state === "sending"; });
    say(late ? late.box : boxes[0], "Menunggu unggahan selesai; sesudah itu lanjut dengan sendirinya.");
    work();
  });
  window.addEventListener("pageshow", function () { leaving = false; });
  window.addEventListener("beforeunload", function (event) { if (busy && !leaving) event.preventDefault(); });

  if (document.querySelector("[data-looking]")) { askUntil = Date.now() + ASK_FOR; setTimeout(ask, ASK_EVERY); }
})();
