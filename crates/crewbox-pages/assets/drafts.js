// Drafts on the server, saved at a pause; and what comes into the composer from elsewhere: the newer draft of another device,
// a template. Loaded once the page is shown.
import { $, Offline, ask, post } from "./dom.js";
import { partOf } from "./list.js";
import { fill, keep, kept, typed, written } from "./composer.js";
import { toast } from "./announce.js";

export async function save(form, id) {
  const saved = $(".saved", form);
  try {
    const { draft: version } = form.dataset;
    const values = written(form);
    // The server has no file before its message is sent.
    const attached = values.attached.filter(([value]) => !value.startsWith("here:"));
    const answer = await post(partOf(`${id}/draft`), { ...values, attached, version });
    form.dataset.draft = answer.get("version");
    const newer = answer.get("newer");
    if (newer === null) keep(id, kept(form), form.dataset.draft);
    const words = attached.length < values.attached.length ? "Draft saved, files on this device" : "Draft saved";
    saved.textContent = newer ? "" : form.reply.value && words;
    if (newer !== null && newer !== form.reply.value) offer(form, theirs(answer), "Use the newer draft");
  } catch {
    saved.textContent = "Draft saved on this device";
  }
}

// What another device has written.
function theirs(answer) {
  const links = answer.get("file").split("\n").filter(Boolean);
  const attached = links.map((link) => [link, link.slice(link.indexOf(" ") + 1)]);
  return { ...Object.fromEntries(answer), reply: answer.get("newer"), attached };
}

// There is another draft, of another device or of this one.
export function offer(form, draft, words) {
  const saved = $(".saved", form);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = words;
  button.addEventListener("click", () => {
    fill(form, draft);
    form.reply.focus();
    saved.textContent = "";
    typed(form);
  });
  saved.replaceChildren(button);
}

// Puts a template where the caret is, and selects the first field that the lead does not fill.
export async function insert(id, form) {
  $("details.menu", form).open = false;
  const { reply } = form;
  reply.focus();
  try {
    const answer = await ask(partOf(`${form.closest("main").dataset.id}/template`, `id=${id}`));
    const missing = answer.getAll("missing");
    const begin = reply.selectionStart;
    reply.setRangeText(answer.get("text"), begin, reply.selectionEnd, "end");
    form.dataset.missing = [form.dataset.missing ?? "", ...missing].join("\n");
    const first = missing.length ? reply.value.indexOf(missing[0], begin) : -1;
    if (first >= 0) reply.setSelectionRange(first, first + missing[0].length);
    typed(form);
  } catch (error) {
    toast(error instanceof Offline ? "No connection: the template was not inserted" : error.message);
  }
}
