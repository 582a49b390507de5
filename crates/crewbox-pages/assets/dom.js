// What every other module uses: finding elements, making elements of the server's HTML, and requests.

export const $ = (selector, from = document) => from.querySelector(selector);
export const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
// Elements of a kind that are few: the browser keeps them and does not look through the page.
export const tags = (name) => [...document.getElementsByTagName(name)];

const policy = window.trustedTypes
  ? trustedTypes.createPolicy("crewbox", { createHTML: (html) => html })
  : { createHTML: (html) => html };

// Elements of a part that this server rendered; nothing else may be given to it.
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content;
}

// A copy of what is in a <template> of the page.
export const copy = (id) => document.getElementById(id).content.cloneNode(true);

// The server refused, with its own words.
export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

// The server could not be reached.
export class Offline extends Error {}

// Statuses of a proxy whose server is away: the same as no connection.
const AWAY = [502, 504];

export async function request(path, options, sent = fetch) {
  let response, text;
  try {
    response = await sent(path, options);
    text = await response.text();
  } catch {
    throw new Offline();
  }
  if (AWAY.includes(response.status)) throw new Offline();
  if (!response.ok) throw new Refused(response.status, text);
  return text;
}

// What a script asks for in fields.
export const ask = async (path) => new URLSearchParams(await request(path));

export const part = async (path) => parse(await request(path));

// `progress` gets the share of the files that has left.
export async function post(path, { attached = [], ...fields }, progress) {
  let body = new URLSearchParams({ ...fields, token: document.body.dataset.token, script: "1" });
  let sent;
  if (attached.length) [body, sent] = await (await later.loadSending()).withFiles(body, attached, progress);
  return new URLSearchParams(await request(path, { method: "POST", body }, sent));
}

// Marks of a row or conversation: one replaces the others before whose colon is the same word.
export const hasMark = (element, mark) => element?.dataset.marks?.split(" ").includes(mark) ?? false;
export function setMarks(element, marks) {
  if (!element?.dataset.marks) return;
  const group = (mark) => mark.split(":")[0];
  const groups = marks.map(group);
  const others = element.dataset.marks.split(" ").filter((other) => !groups.includes(group(other)));
  element.dataset.marks = [...others, ...marks].join(" ");
}

// A key as the table names it: the letter that was typed, so that every keyboard works.
export function named(event) {
  const { key } = event;
  const isLetter = key.length === 1 && key.toLowerCase() !== key.toUpperCase();
  let name = isLetter ? (event.shiftKey ? key.toUpperCase() : key.toLowerCase()) : key;
  const isMod = (event.ctrlKey || event.metaKey) && !event.getModifierState?.("AltGraph");
  if (isMod) name = `Mod+${isLetter ? key.toLowerCase() : key}`;
  else if (event.altKey && !event.getModifierState?.("AltGraph")) return "";
  if (event.shiftKey && (isLetter || key.length > 1)) name = `Shift+${name}`;
  return name;
}

// Modules that are loaded before the ones they call: the later ones put their functions here.
export const later = {};

// A file that is loaded after the first page; the same one each time.
export async function loaded(file) {
  try {
    return await file;
  } catch {
    throw new Offline();
  }
}

// What a browser keeps for good; where storage is off, nothing is.
export const store = {
  get(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // Full or off: the page works without.
    }
  },
};
