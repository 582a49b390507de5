// Sending: a reply with some seconds to undo it, and a note. What is refused is in its field again. Loaded once the page is shown.
import { $, copy, later } from "./dom.js";
import { at, main, open, pathOf, place, toNewest } from "./list.js";
import { find, perform } from "./actions.js";
import { clear, composer, fill, keep, opened, typed, written } from "./composer.js";
import { send, takeBack } from "./queue.js";
import { toast } from "./announce.js";

// For how long a reply can be taken back, as the member prefers.
const undoSeconds = () => Number(document.body.dataset.undo);
// For how long one that is sent later can be taken back from the toast; after that, from its line.
const USUAL_UNDO = 10;

// What was not sent is in its composer again.
function restore(id, values, place) {
  keep(id, values, Number.MAX_SAFE_INTEGER);
  if (at.id !== id) open(id, { focus: "" });
  const form = composer();
  if (!form) return;
  // What was typed since comes after it.
  const since = form.reply.value;
  const reply = since && since !== values.reply ? `${values.reply}\n\n${since}` : values.reply;
  fill(form, { ...values, reply });
  form.reply.focus();
  form.reply.setSelectionRange(place, place);
  typed(form);
}

export function sendReply(form, { archive = false, force = false } = {}) {
  const values = written(form);
  const { as, reply: text, ...lines } = values;
  const { when } = lines;
  const missing = as === "forward" ? form.to : form.reply;
  if (!missing.value.trim()) return missing.focus();
  const shown = main();
  const id = shown.dataset.id;
  const caret = form.reply.selectionStart;
  const { view } = place();
  const sending = copy("sending").firstElementChild;
  $("p", sending).textContent = text;
  const undoable = when ? USUAL_UNDO : undoSeconds();
  let leaves = when ? `Sent at: ${when}` : undoable ? `Sending in ${undoable} s` : "Sending";
  let isUploading = false;
  const progress = (share) => {
    isUploading = share < 1;
    $("time", sending).textContent = isUploading ? `Uploading files: ${Math.floor(share * 100)} %` : leaves;
  };
  progress(1);
  if (!when) {
    setTimeout(() => {
      leaves = "Sending";
      if (!isUploading) progress(1);
    }, undoable * 1000);
  }
  $(".column", shown).append(sending);
  toNewest($(".thread > .scroll", shown));
  clear(form, id);
  const fields = { ...lines, reply: text, stats_id: form.stats_id.value, last_seen: form.last_seen.value, undo: undoable };
  if (force) fields.force = "1";
  const key = send({ id, path: pathOf(id).replace(/(\?|$)/, `/${as}$1`), fields }, {
    progress,
    done: () => {
      form.dataset.draft = "0";
      // A line with its time takes its place.
      if (when) sending.remove();
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
  // The conversation that was answered, whatever is selected.
  if (archive) perform({ ...find("archive") }, {}, { alone: id });
  if (when) toast(`Scheduled: to ${name}, ${when}`, undo);
  else if (undoable) toast(`Sending to ${name}`, undo, undoable * 1000);
  else toast(`Sent to ${name}`);
}

// Where a member says when the reply leaves.
export function chooseTime(form) {
  $("details.to", form).open = true;
  form.when.focus();
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

// What was sent before the page was loaded, and is refused.
export function refusedBefore(error, { id, path, fields }) {
  if (fields.reply) {
    const [, as] = /([^/?]+)(\?|$)/.exec(path);
    keep(id, { ...fields, as }, Number.MAX_SAFE_INTEGER);
    if (at.id === id) opened(id);
  }
  toast(fields.note ? `${error.message} Your note: ${fields.note}` : error.message);
}
