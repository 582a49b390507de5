// Actions on their way to the server: in order, one at a time for each conversation, and not lost by a lost connection or a
// reload. Knows nothing of the page.
import { Offline, Refused, post, store } from "./dom.js";

// A request begins after the frame that shows what it does.
const FRAME_MS = 16;
// At most so many conversations at once: the browser keeps connections for everything else.
const AT_ONCE = 3;
// Statuses of an ended session, and of a page from before another sign-in.
const AGAIN = [401, 412];

const tab = sessionStorage.getItem("tab") ?? crypto.randomUUID?.() ?? String(Math.random()).slice(2);
sessionStorage.setItem("tab", tab);
// Nobody sends what another member of this browser has done.
const MINE = `queue.${document.body.dataset.me}.`;
const NAME = MINE + tab;

// { key, id, path, fields, quiet, of }: an undo has the key of the action that it takes back in `of`.
let jobs = store.get(NAME) ?? [];
// What the server answered to actions that can be undone, by their key.
const answers = new Map(store.get(`${NAME}.done`) ?? []);
const MOST_ANSWERS = 60;
const sending = new Set();
const told = new Map();
// When a conversation's last action was confirmed.
const settled = new Map();

// What a person has done that waits; that they have read something is no action of theirs.
export const waiting = () => jobs.filter((job) => !job.quiet).length;
// Whether something was done since, of which an answer asked for then knows nothing.
export const isBusy = (since) => jobs.length > 0 || [...settled.values()].some((at) => at > since);
export const isPending = (id, since = Infinity) =>
  jobs.some((job) => job.id === id) || (settled.get(id) ?? -1) > since;

// Sends an action after those before it; `tell` gets the answer or the refusal, and the progress of its files.
export function send(job, tell = {}) {
  const key = crypto.randomUUID?.() ?? `${tab}-${performance.now()}-${Math.random()}`;
  jobs.push({ ...job, key });
  told.set(key, tell);
  persist();
  setTimeout(pump, FRAME_MS);
  return key;
}

// Takes an action back: out of the queue if it was not sent yet, else by the server.
export function takeBack(key, id, tell = {}, path = "/parts/undo") {
  const before = jobs.find((job) => job.key === key);
  // What was tried may be done already, though the response was lost.
  if (before && !before.tried) {
    jobs = jobs.filter((job) => job !== before);
    settled.set(id, performance.now());
    persist();
    tell.done?.(new URLSearchParams());
    return;
  }
  send({ id, path, fields: {}, of: key }, tell);
}

export const answerOf = (key) => answers.get(key);

function persist() {
  store.set(NAME, jobs.length ? jobs : null);
}

let pausedUntilOnline = false;
let onOffline = () => {};

export function pump() {
  if (pausedUntilOnline) return;
  const busy = new Set();
  for (const job of jobs) {
    if (!busy.has(job.id) && !sending.has(job.key) && sending.size < AT_ONCE) run(job);
    busy.add(job.id);
  }
}

async function run(job) {
  sending.add(job.key);
  job.tried = true;
  persist();
  const tell = told.get(job.key) ?? {};
  try {
    const fields = { ...job.fields, key: job.key };
    let answer = new URLSearchParams();
    let body = fields;
    if (job.of) {
      const first = new URLSearchParams(answers.get(job.of) ?? "");
      // What changed nothing needs not be taken back.
      body = first.size ? { seq: first.getAll("seq").join("."), message: first.get("message") ?? "" } : null;
    }
    if (body) answer = await post(job.path, body, tell.progress);
    answers.set(job.key, answer.toString());
    if (answers.size > MOST_ANSWERS) answers.delete(answers.keys().next().value);
    store.set(`${NAME}.done`, [...answers]);
    finish(job);
    tell.done?.(answer);
  } catch (error) {
    sending.delete(job.key);
    if (error instanceof Offline) {
      pausedUntilOnline = true;
      return onOffline();
    }
    if (!(error instanceof Refused)) throw error;
    if (AGAIN.includes(error.status)) {
      // Kept until somebody signs in again, or loads the page of the new session.
      pausedUntilOnline = true;
      return onOffline(error);
    }
    finish(job);
    (tell.refused ?? tellNobody)(error, job);
  }
  pump();
}

let tellNobody = () => {};

function finish(job) {
  sending.delete(job.key);
  told.delete(job.key);
  jobs = jobs.filter((other) => other.key !== job.key);
  settled.set(job.id, performance.now());
  persist();
}

// There is a connection again.
export function resume() {
  pausedUntilOnline = false;
  pump();
}

export function startQueue(offline, refused) {
  onOffline = offline;
  tellNobody = refused;
  // What tabs left that are closed: while a tab is open it holds the lock of its name.
  navigator.locks?.request(`tab.${tab}`, () => new Promise(() => {}));
  for (const name of Object.keys(localStorage)) {
    const other = name.slice(MINE.length);
    if (!name.startsWith(MINE) || other.includes(".") || other === tab) continue;
    navigator.locks?.request(`tab.${other}`, { ifAvailable: true }, (lock) => {
      if (!lock) return;
      jobs.push(...(store.get(name) ?? []));
      store.set(name, null);
      store.set(`${name}.done`, null);
      persist();
      pump();
    });
  }
  pump();
}
