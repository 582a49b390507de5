// Writing: drafts that are kept at every pause, sending with some seconds to undo it, notes.
import { $, copy, later, part, post, store } from "./dom.js";
import { at, main, open, partOf, pathOf, place, toNewest } from "./list.js";
import { find, perform } from "./actions.js";
import { send, takeBack } from "./queue.js";
import { toast } from "./announce.js";

const LOCAL_MS = 300;
const SERVER_MS = 1000;
// For how long a reply can be taken back, as the member prefers.
const undoSeconds = () => Number(document.body.dataset.undo);

export const composer = (shown = main()) => $('form[data-verb="reply"]', shown);
// Nobody reads what another member of this browser has begun.
const nameOf = (id) => `draft.${document.body.dataset.me}.${id}`;

// The text with the version of the server's draft on which it builds: a later version of the server's is from elsewhere.
function keep(id, text, version) {
  store.set(nameOf(id), text ? { text, version: Number(version) } : null);
}

let local = 0;
let remote = 0;
let unsaved = null;

function typed(form) {
  const id = form.closest("main").dataset.id;
  unsaved = form;
  clearTimeout(local);
  clearTimeout(remote);
  local = setTimeout(() => keep(id, form.reply.value, form.dataset.draft), LOCAL_MS);
  remote = setTimeout(() => save(form, id), SERVER_MS);
}

async function save(form, id) {
  unsaved = null;
  const saved = $(".saved", form);
  try {
    const { draft: version } = form.dataset;
    const answer = await post(partOf(`${id}/draft`), { reply: form.reply.value, version });
    form.dataset.draft = answer.get("version");
    const newer = answer.get("newer");
    if (newer === null) keep(id, form.reply.value, form.dataset.draft);
    saved.textContent = newer ? "" : form.reply.value && "Draft saved";
    if (newer !== null && newer !== form.reply.value) offer(form, saved, newer);
  } catch {
    saved.textContent = "Draft saved on this device";
  }
}

// Another device has saved a newer draft.
function offer(form, saved, newer) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = "Use the newer draft";
  button.addEventListener("click", () => {
    form.reply.value = newer;
    form.reply.focus();
    saved.textContent = "";
    typed(form);
  });
  saved.replaceChildren(button);
}

function flush() {
  if (!unsaved) return;
  const form = unsaved;
  const id = form.closest("main")?.dataset.id;
  clearTimeout(local);
  clearTimeout(remote);
  keep(id, form.reply.value, form.dataset.draft);
  save(form, id);
}

function opened(id) {
  const form = composer();
  const kept = store.get(nameOf(id));
  if (!form || !kept || kept.text === form.reply.value) return;
  if (!form.reply.value || kept.version >= Number(form.dataset.draft)) form.reply.value = kept.text;
}

function restore(id, text, place) {
  keep(id, text, Number.MAX_SAFE_INTEGER);
  if (at.id !== id) open(id, { focus: "" });
  const form = composer();
  if (!form) return;
  if (!form.reply.value) form.reply.value = text;
  form.reply.focus();
  form.reply.setSelectionRange(place, place);
  typed(form);
}

export function sendReply(form, { archive = false, force = false } = {}) {
  const text = form.reply.value;
  if (!text.trim()) return form.reply.focus();
  const shown = main();
  const id = shown.dataset.id;
  const caret = form.reply.selectionStart;
  const { view } = place();
  const sending = copy("sending").firstElementChild;
  $("p", sending).textContent = text;
  const undoable = undoSeconds();
  $("time", sending).textContent = undoable ? `Sending in ${undoable} s` : "Sending";
  setTimeout(() => ($("time", sending).textContent = "Sending"), undoable * 1000);
  $(".column", shown).append(sending);
  toNewest($(".thread > .scroll", shown));
  form.reply.value = "";
  $(".saved", form).textContent = "";
  clearTimeout(local);
  clearTimeout(remote);
  unsaved = null;
  store.set(nameOf(id), null);
  const fields = { reply: text, stats_id: form.stats_id.value, last_seen: form.last_seen.value, undo: undoable };
  if (force) fields.force = "1";
  const key = send({ id, path: pathOf(id).replace(/(\?|$)/, "/reply$1"), fields }, {
    done: () => {
      form.dataset.draft = "0";
      later.changedHere?.();
    },
    refused: (error) => {
      sending.remove();
      restore(id, text, caret);
      const now = composer();
      if (error.status === 409 && now) $('button[name="force"]', now).hidden = false;
      toast(error.message);
      later.changedHere?.();
    },
  });
  const undo = () => {
    sending.remove();
    restore(id, text, caret);
    takeBack(key, id, { refused: (error) => toast(error.message) }, `/parts/${view}/${id}/unsend`);
  };
  const name = $(".to b", form)?.textContent ?? "";
  if (archive) perform({ ...find("archive") });
  if (undoable) toast(`Sending to ${name}`, undo, undoable * 1000);
  else toast(`Sent to ${name}`);
}

export function addNote(form) {
  const text = form.note.value;
  if (!text.trim()) return form.note.focus();
  const id = main().dataset.id;
  form.note.value = "";
  form.closest("details").open = false;
  send({ id, path: pathOf(id).replace(/(\?|$)/, "/note$1"), fields: { note: text } }, {
    done: () => later.changedHere?.(),
    refused: (error) => {
      form.closest("details").open = true;
      form.note.value = text;
      toast(error.message);
    },
  });
  toast("Note added");
}

export function startComposer() {
  later.leaving = flush;
  later.opened = opened;
  if (at.id) opened(at.id);
  document.addEventListener("input", (event) => {
    const form = event.target.closest('form[data-verb="reply"]');
    if (form) typed(form);
  });
  addEventListener("pagehide", flush);
}
