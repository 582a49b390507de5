// Writing: drafts that are kept at every pause, sending with some seconds to undo it, notes.
import { $, $$, Offline, ask, copy, later, loaded, post, store } from "./dom.js";
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

// What is written with the version of the server's draft on which it builds: a later version of the server's is from
// elsewhere.
function keep(id, values, version) {
  store.set(nameOf(id), values && { values, version: Number(version) });
}

// What is written, and to whom; `as` is the action that writes it.
const LINES = ["to", "cc", "bcc", "subject"];
const NAMES = [...LINES, "message", "reply"];
const EMPTY = { as: "reply", signature: "1", ...Object.fromEntries(NAMES.map((name) => [name, ""])) };
const written = (form) => ({
  ...Object.fromEntries(NAMES.map((name) => [name, form[name].value])),
  as: form.dataset.as,
  signature: form.signature?.checked ? "1" : "",
});

export function fill(form, values) {
  for (const name of NAMES) form[name].value = values[name] ?? form[name].value;
  const as = values.as ?? "reply";
  form.dataset.as = as;
  for (const way of $$("footer [data-as]", form)) {
    way.hidden = way.dataset.as === as;
    if (way.hidden) form.setAttribute("aria-label", way.ariaLabel);
  }
  showAnswered(form);
  form.reply.required = as !== "forward";
  form.to.required = as === "forward";
  if (form.signature && values.signature !== undefined) form.signature.checked = Boolean(values.signature);
  showMissing(form);
  if (as !== "forward" || values.files !== undefined) $(".along", form).textContent = values.files ?? "";
  if (as !== "reply" || LINES.some((name) => form[name].value)) $("details.to", form).open = true;
}

// Names the message that is answered, where it is not their newest one.
function showAnswered(form) {
  const about = $(".about", form);
  const messages = $$('.column > [id^="message-"]', form.closest("main"));
  const answered = messages.find(({ id }) => id === `message-${form.message.value}`);
  about.hidden = !answered || answered === messages.findLast((message) => !$(".me", message));
  if (about.hidden) return;
  const [link, way] = $$("a", about);
  link.href = `#${answered.id}`;
  link.textContent = `${$("b", answered).textContent}, ${$("time", answered).title}`;
  way.dataset.as = form.dataset.as;
}

// Begins an answer to this message, "" for the newest reply, or to the one that is answered already. What it starts with comes
// from the server; what is typed meanwhile stays.
export async function write(as, message = composer()?.message.value) {
  const form = composer();
  if (!form) return;
  const isOther = form.dataset.as !== as || form.message.value !== message;
  const before = { ...written(form), ...(isOther && { to: "", cc: "", subject: "", message }), as };
  fill(form, before);
  (as === "forward" ? form.to : form.reply).focus();
  if (isOther) await start(form, before);
}

// Fields of a template that the lead does not fill, until they are replaced.
function showMissing(form) {
  const left = (form.dataset.missing ?? "").split("\n").filter((field) => field && form.reply.value.includes(field));
  $("p[role=status]", form).textContent = left.length ? `Not filled in: ${left.join(", ")}` : "";
}

// Puts a template where the caret is.
export const insert = (id, form = composer()) =>
  form && loaded(import("./insert.js")).then((file) => file.insert(id, form), later.offline);

// A button of the composer, or Enter in one of its lines.
export function composed(form, button) {
  if (button?.name === "template") insert(button.value, form);
  else if (button?.name === "keep") form.reply.focus();
  else sendReply(form, { force: button?.name === "force" });
}

async function start(form, before) {
  try {
    const query = new URLSearchParams({ as: before.as, stats_id: form.stats_id.value, message: before.message });
    const { files, ...lines } = Object.fromEntries(await ask(partOf(`${form.closest("main").dataset.id}/compose`, query)));
    const now = written(form);
    if (now.as !== before.as || now.message !== before.message) return;
    for (const name of Object.keys(lines)) if (now[name]) delete lines[name];
    fill(form, { ...lines, as: now.as, files });
  } catch (error) {
    toast(error instanceof Offline ? "No connection: type the recipients, or send it without" : error.message);
  }
}

let local = 0;
let remote = 0;
let unsaved = null;

export function typed(form) {
  const id = form.closest("main").dataset.id;
  showMissing(form);
  unsaved = form;
  clearTimeout(local);
  clearTimeout(remote);
  local = setTimeout(() => keep(id, kept(form), form.dataset.draft), LOCAL_MS);
  remote = setTimeout(() => save(form, id), SERVER_MS);
}

const kept = (form) => form.reply.value ? written(form) : null;

async function save(form, id) {
  unsaved = null;
  const saved = $(".saved", form);
  try {
    const { draft: version } = form.dataset;
    const answer = await post(partOf(`${id}/draft`), { ...written(form), version });
    form.dataset.draft = answer.get("version");
    const newer = answer.get("newer");
    if (newer === null) keep(id, kept(form), form.dataset.draft);
    saved.textContent = newer ? "" : form.reply.value && "Draft saved";
    if (newer !== null && newer !== form.reply.value) {
      const draft = { ...Object.fromEntries(answer), reply: newer };
      (await loaded(import("./insert.js"))).offer(form, saved, draft);
    }
  } catch {
    saved.textContent = "Draft saved on this device";
  }
}

function flush() {
  if (!unsaved) return;
  const form = unsaved;
  const id = form.closest("main")?.dataset.id;
  clearTimeout(local);
  clearTimeout(remote);
  keep(id, kept(form), form.dataset.draft);
  save(form, id);
}

function opened(id) {
  const form = composer();
  const draft = store.get(nameOf(id));
  if (!form || !draft?.values || draft.values.reply === form.reply.value) return;
  if (!form.reply.value || draft.version >= Number(form.dataset.draft)) fill(form, draft.values);
}

function restore(id, values, place) {
  keep(id, values, Number.MAX_SAFE_INTEGER);
  if (at.id !== id) open(id, { focus: "" });
  const form = composer();
  if (!form) return;
  if (!form.reply.value) fill(form, values);
  form.reply.focus();
  form.reply.setSelectionRange(place, place);
  typed(form);
}

export function sendReply(form, { archive = false, force = false } = {}) {
  const values = written(form);
  const { as, reply: text, ...lines } = values;
  const missing = as === "forward" ? form.to : form.reply;
  if (!missing.value.trim()) return missing.focus();
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
  fill(form, EMPTY);
  $("details.to", form).open = false;
  $(".saved", form).textContent = "";
  clearTimeout(local);
  clearTimeout(remote);
  unsaved = null;
  store.set(nameOf(id), null);
  const fields = { ...lines, reply: text, stats_id: form.stats_id.value, last_seen: form.last_seen.value, undo: undoable };
  if (force) fields.force = "1";
  const key = send({ id, path: pathOf(id).replace(/(\?|$)/, `/${as}$1`), fields }, {
    done: () => {
      form.dataset.draft = "0";
      later.changedHere?.();
    },
    refused: (error) => {
      sending.remove();
      restore(id, values, caret);
      const now = composer();
      if (error.status === 409 && now) $('button[name="force"]', now).hidden = false;
      toast(error.message);
      later.changedHere?.();
    },
  });
  const undo = () => {
    sending.remove();
    restore(id, values, caret);
    takeBack(key, id, { refused: (error) => toast(error.message) }, `/parts/${view}/${id}/unsend`);
  };
  const name = lines.to || $(".to b", form).textContent;
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
  document.addEventListener("click", (event) => {
    const way = event.target.closest("main a[data-as]");
    if (!way) return;
    event.preventDefault();
    write(way.dataset.as, way.dataset.message);
  });
  // Whoever looks at the recipients sees them.
  document.addEventListener("toggle", ({ target }) => {
    const form = target.open && target.matches?.("details.to") && composer();
    if (form && form.dataset.as === "reply" && !form.to.value) start(form, written(form));
  }, true);
  addEventListener("pagehide", flush);
}
