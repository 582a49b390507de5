// Writing: what the composer starts with, and drafts that are kept at every pause.
import { $, $$, Offline, ask, later, loaded, store } from "./dom.js";
import { at, main, partOf } from "./list.js";
import { toast } from "./announce.js";

const LOCAL_MS = 300;
const SERVER_MS = 1000;
export const composer = (shown = main()) => $('form[data-verb="reply"]', shown);
// Nobody reads what another member of this browser has begun.
const nameOf = (id) => `draft.${document.body.dataset.me}.${id}`;

// What is written with the version of the server's draft on which it builds: a later version of the server's is from
// elsewhere.
export function keep(id, values, version) {
  store.set(nameOf(id), values && { values, version: Number(version) });
}

// What is written, and to whom; `as` is the action that writes it.
const LINES = ["to", "cc", "bcc", "subject", "when"];
const NAMES = [...LINES, "message", "reply"];
const EMPTY = { as: "reply", signature: "1", attached: [], ...Object.fromEntries(NAMES.map((name) => [name, ""])) };
export const written = (form) => ({
  ...Object.fromEntries(NAMES.map((name) => [name, form[name].value])),
  as: form.dataset.as,
  signature: form.signature?.checked ? "1" : "",
  attached: $$(".attached :checked", form).map((box) => [box.value, box.nextSibling.textContent]),
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
  const { attached } = values;
  if (attached?.length || (attached && $(".attached label", form))) sender(({ showFiles }) => showFiles(form, attached));
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
export const insert = (id, form = composer()) => form && sender((file) => file.insert(id, form));

// What sends, attaches and saves is loaded once the page is shown, and else when it is needed.
let sending = null;
export async function loadSending() {
  const files = await loaded(Promise.all([import("./send.js"), import("./files.js"), import("./drafts.js")]));
  return (sending ??= Object.assign({}, ...files));
}
export const sender = (use) => (sending ? use(sending) : loadSending().then(use, later.offline));

// A button of the composer, or Enter in one of its lines.
export function composed(form, button) {
  if (button?.name === "template") insert(button.value, form);
  else if (button?.name === "keep") form.reply.focus();
  else sender(({ sendReply }) => sendReply(form, { force: button?.name === "force" }));
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

export const kept = (form) => {
  const values = written(form);
  return values.reply || values.attached.length ? values : null;
};

function save(form, id) {
  unsaved = null;
  sender((file) => file.save(form, id));
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

export function opened(id) {
  const form = composer();
  const draft = store.get(nameOf(id));
  const { reply, attached } = draft?.values ?? {};
  if (!form || !draft?.values || (reply === form.reply.value && !attached?.length)) return;
  if (!form.reply.value || draft.version >= Number(form.dataset.draft)) return fill(form, draft.values);
  // The newer draft is from another device; this one's is not lost.
  sender((file) => file.offer(form, draft.values, "Use the draft of this device"));
}

// What was written is on its way.
export function clear(form, id) {
  fill(form, EMPTY);
  $("details.to", form).open = false;
  $(".saved", form).textContent = "";
  clearTimeout(local);
  clearTimeout(remote);
  unsaved = null;
  store.set(nameOf(id), null);
}

export function startComposer() {
  later.leaving = flush;
  later.loadSending = loadSending;
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
    const form = target.open && target.matches?.("details.to") && target.closest("form");
    if (form && form === composer() && form.dataset.as === "reply" && !form.to.value) start(form, written(form));
  }, true);
  addEventListener("pagehide", flush);
}
