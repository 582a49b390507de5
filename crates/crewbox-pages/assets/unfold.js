// What is shown once somebody unfolds it: the rest of a message, and an original in its frame.
import { $, $$, Offline, later, part } from "./dom.js";
import { toast } from "./announce.js";
import { main, partOf } from "./list.js";

// A message of which only a line was loaded: the rest comes when it is opened.
async function complete(message) {
  delete message.dataset.partial;
  try {
    const parts = await part(partOf(message.closest("main").dataset.id));
    // The newest one is whole and cannot be folded.
    const whole = $(`article#${message.id}, #${message.id} > article`, parts);
    // An update may have brought it meanwhile.
    if ($("article", message)) return;
    if (!whole) throw new Error("This message is not here any more");
    whole.removeAttribute("id");
    message.append(whole);
  } catch (error) {
    message.dataset.partial = "";
    message.open = false;
    if (error instanceof Offline) later.offline?.();
    else toast(error.message);
  }
}

// A frame below the fold is not loaded before it is seen, and who asks for it wants to see it.
function bringIntoView(original) {
  const frame = $("iframe", original);
  frame.loading = "eager";
  frame.scrollIntoView({ block: "nearest" });
}

export function unfolded(details) {
  if (details.matches(".original")) bringIntoView(details);
  else complete(details);
}

// Every message and quote of the conversation; where all are open, none.
export function unfoldAll() {
  const folded = $$(".column > details.folding:not([data-opens]), .column .quote", main());
  const on = folded.some((one) => !one.open);
  for (const one of folded) one.open = on;
}
