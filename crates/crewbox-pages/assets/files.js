// Files that go along with what is written: chosen, pasted or dropped. They stay on this device until they are sent, so that
// no undo, reload or lost connection loses one. Loaded once the page is shown.
import { $, $$, Refused } from "./dom.js";
import { at } from "./list.js";
import { composer, typed } from "./composer.js";
import { toast } from "./announce.js";

// A file that no draft and no job has any more is kept for a day: an undo may bring it back.
const KEPT_MS = 24 * 60 * 60 * 1000;

// What the browser keeps: each file under its name here, `here:size/time-random`. Where it keeps nothing, a reload loses them.
const held = new Map();
const base = new Promise((done) => {
  try {
    const opening = indexedDB.open("crewbox", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("files");
    opening.onsuccess = () => done(opening.result);
    opening.onerror = () => done(null);
  } catch {
    done(null);
  }
});

async function inBase(mode, use) {
  const files = (await base)?.transaction("files", mode).objectStore("files");
  if (!files) return undefined;
  return new Promise((done) => {
    const asked = use(files);
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => done(undefined);
  });
}

const sizeOf = (value) => (isHere(value) ? Number(value.slice(5).split("/")[0]) : 0);
const bytes = (size) => (size < 1e6 ? `${Math.ceil(size / 1e3)} KB` : `${(size / 1e6).toFixed(1)} MB`);
const boxes = (form) => $$(".attached :checked", form);

// Shows these files in the composer: pairs of a value, which names the file, and a text.
export function showFiles(form, attached) {
  for (const label of $$(".attached label", form)) label.remove();
  $(".attached", form).prepend(...attached.map(([value, text]) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", name: "file", value, checked: true });
    const name = document.createElement("span");
    name.dir = "auto";
    name.textContent = text;
    label.append(box, name);
    return label;
  }));
}

export const choose = (form) => form.upload.click();

// A file on the disk may change or go before it is sent, so it is read now.
async function attach(form, files) {
  const { most, bytes: mostBytes } = form.upload.dataset;
  for (const file of files) {
    const size = boxes(form).reduce((sum, box) => sum + sizeOf(box.value), file.size);
    if (size > Number(mostBytes)) return toast(`All files together may have ${bytes(Number(mostBytes))}: attach less`);
    if (boxes(form).length >= Number(most)) return toast(`A message has at most ${most} files`);
    let copy;
    try {
      copy = new File([await file.arrayBuffer()], file.name, { type: file.type });
    } catch {
      toast(`“${file.name}” cannot be read`);
      continue;
    }
    const value = `here:${copy.size}/${Date.now()}-${Math.random().toString(36).slice(2)}`;
    held.set(value, copy);
    await inBase("readwrite", (all) => all.put(copy, value));
    const before = boxes(form).map((box) => [box.value, box.nextSibling.textContent]);
    showFiles(form, [...before, [value, `${copy.name} · ${bytes(copy.size)}`]]);
    typed(form);
  }
}

// Whether a file is one of this device, which the server has not.
export const isHere = (value) => value.startsWith("here:");

// These fields and files, as a form if the server has not all of the files; then also what sends it.
export async function withFiles(fields, attached, progress) {
  const here = attached.filter(([value]) => isHere(value));
  for (const [value] of attached) if (!isHere(value)) fields.append("file", value);
  if (!here.length) return [fields];
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  for (const [value, text] of here) {
    const file = held.get(value) ?? (await inBase("readonly", (all) => all.get(value)));
    if (!file) throw new Refused(410, `${text} is not on this device any more: attach it again`);
    form.append("upload", file, file.name);
  }
  return [form, sent(progress)];
}

// Sends a request as `fetch` does, which cannot tell how much of a body has left.
const sent = (progress = () => {}) => (path, { method, body }) =>
  new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open(method, path);
    request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
    request.onload = () => done({ status: request.status, ok: request.status < 400, text: () => request.responseText });
    request.onerror = request.onabort = failed;
    // It may be answered before all has left.
    request.onloadend = () => progress(1);
    progress(0);
    request.send(body);
  });

// What nothing names any more goes.
async function clean() {
  const all = (await inBase("readonly", (files) => files.getAllKeys())) ?? [];
  const named = Object.values(localStorage).join("\n");
  for (const value of all) {
    const since = Date.now() - Number(value.split("/")[1].split("-")[0]);
    if (since > KEPT_MS && !named.includes(value)) await inBase("readwrite", (files) => files.delete(value));
  }
}

function start() {
  document.addEventListener("change", ({ target }) => {
    if (target.name !== "upload") return;
    attach(target.form, [...target.files]);
    target.value = "";
  });
  document.addEventListener("paste", (event) => {
    const form = event.target.closest?.('form[data-verb="reply"]');
    const { files } = event.clipboardData;
    if (!form || !files.length) return;
    event.preventDefault();
    attach(form, [...files]);
  });
  // Dropped beside the conversation, a file would take the place of the page.
  for (const type of ["dragover", "drop"]) {
    document.addEventListener(type, (event) => {
      const { dataTransfer } = event;
      if (!dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      const form = at.id && event.target.closest?.("main") && composer();
      if (type === "dragover") dataTransfer.dropEffect = form ? "copy" : "none";
      else if (form) attach(form, [...dataTransfer.files]);
    });
  }
  clean().catch(() => {});
}

start();
