// What comes into the composer from elsewhere: a template, and the newer draft of another device. Loaded when there is one.
import { $, Offline, ask } from "./dom.js";
import { partOf } from "./list.js";
import { fill, typed } from "./composer.js";
import { toast } from "./announce.js";

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
