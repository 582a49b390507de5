// What has changed in the open conversation: what is new is added, what changed is morphed piece by piece; never the composer.
// Loaded after the first page.
import { $, $$ } from "./dom.js";
import { say } from "./announce.js";
import { load, main, showLead } from "./list.js";
import { isPending } from "./queue.js";
import { fitButtons } from "./actions.js";
import { morph } from "./live.js";

export function mergeConversation(now, lead, id) {
  const shown = main();
  if ("loading" in shown.dataset) return load(id);
  const column = $(".thread .column", shown);
  const thread = $(".thread > .scroll", shown);
  const isAtEnd = thread.scrollTop + thread.clientHeight >= thread.scrollHeight - 8;
  const fresh = $$(":scope > *", $(".thread .column", now));
  let before = null;
  const last = column.lastElementChild;
  const height = last?.offsetHeight;
  let isLonger = false;
  for (const piece of fresh) {
    const old = piece.id ? shown.querySelector(`#${CSS.escape(piece.id)}`) : $(`:scope > .${piece.classList[0]}:not([id])`, column);
    if (!old) {
      before ? before.after(piece) : column.prepend(piece);
      before = piece;
      isLonger = true;
      if (piece.matches("article")) say("A new message is here");
      continue;
    }
    // A message in full stays in full: it would fold under the reader's eyes.
    if (old.tagName === piece.tagName) morph(old, piece);
    before = old;
  }
  const ids = new Set(fresh.map((piece) => piece.id));
  const isSent = fresh.length && !$(":scope > .sending", now);
  for (const old of $$(":scope > [id]", column)) if (!ids.has(old.id)) old.remove();
  for (const sending of $$(":scope > .sending", column)) {
    const words = $("p", sending).textContent.trim();
    if (isSent && fresh.some((piece) => piece.id && piece.textContent.includes(words.split("\n")[0]))) sending.remove();
    else column.append(sending);
  }
  if (!isPending(id)) {
    shown.dataset.marks = now.dataset.marks;
    fitButtons(shown);
  }
  // Until somebody writes, a reply answers what is on the page.
  const form = $('form[data-verb="reply"]', shown);
  const answered = $('form[data-verb="reply"]', now);
  if (form && answered && !form.reply.value && !form.message.value) {
    for (const name of ["stats_id", "last_seen"]) form[name].value = answered[name].value;
  }
  showLead();
  const aside = $(".sheet > .lead");
  // A field of the lead that is being typed in waits: its label and its neighbours would move.
  const field = document.activeElement;
  const isTyping = aside?.contains(field) && field.value !== (field.defaultValue ?? field.value);
  if (aside && lead && !isTyping) morph(aside, lead);
  // Who reads the end sees what is new below it; what somebody unfolds there stays in view.
  if (isAtEnd && (isLonger || last?.offsetHeight > height)) thread.scrollTop = thread.scrollHeight;
}
