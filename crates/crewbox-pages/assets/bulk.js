// One action on all conversations that match: what it will do, how far it is, stopping and undoing it. Loaded when it is
// needed first.
import { $, Offline, ask, later, post } from "./dom.js";
import { line, toast } from "./announce.js";
import { pathOf } from "./list.js";
import { remembered, undo, unpick } from "./actions.js";

const EACH_MS = 500;

function failed(error) {
  line("bulk", "");
  if (error instanceof Offline) later.offline();
  else toast(error.message);
}

// Says exactly how many it will be done to, and does it once the person agrees.
export async function preview({ verb, done }, fields, category) {
  const label = (category ?? $(`#help tr[data-verb="${verb}"] th`)).textContent;
  const path = pathOf(null).replace(/(\?|$)/, `/all/${verb}$1`);
  try {
    const total = (await post(path, { ...fields, preview: "1" })).get("matched");
    const start = () => run(path, done, { ...fields, total, key: crypto.randomUUID?.() ?? String(Math.random()) }).catch(failed);
    line("bulk", `${label}: all ${total} that match?`, `${label} ${total}`, start);
    $(".banner button").focus();
  } catch (error) {
    failed(error);
  }
}

async function run(path, done, fields) {
  unpick();
  line("bulk", `${done} 0 of ${fields.total}`);
  let job = await post(path, fields);
  const at = `/bulk/${job.get("id")}`;
  const stop = () => post(`${at}/stop`, {}).catch(failed);
  while (job.get("state") === "running") {
    line("bulk", `${done} ${job.get("done")} of ${fields.total}`, "Stop", stop);
    await new Promise((next) => setTimeout(next, EACH_MS));
    job = await ask(`${at}?script=1`);
  }
  line("bulk", "");
  const words = `${done} ${job.get("changed")} conversations`;
  const takeBack = async () => {
    line("bulk", `Undoing: ${words}`);
    try {
      await post(`${at}/undo`, {});
      line("bulk", "");
      toast(`Undone: ${words}`);
    } catch (error) {
      failed(error);
    }
    later.refresh();
  };
  const entry = { takeBack };
  remembered(entry);
  toast(job.get("state") === "stopped" ? `Stopped: ${words}` : words, () => undo(entry));
  later.refresh();
}
