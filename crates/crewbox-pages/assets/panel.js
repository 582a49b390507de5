// Forms of a conversation and its lead that are saved in place: fields, tags, tasks, reminders, the class of a message.
import { $$, Offline, later, post } from "./dom.js";
import { say, toast } from "./announce.js";
import { closeMenu } from "./menus.js";

async function save(form, button) {
  // Enter in a field reports a change and sends the form.
  if ("sending" in form.dataset) return;
  form.dataset.sending = "";
  try {
    await post(form.getAttribute("action"), Object.fromEntries(new FormData(form, button)));
    saved(form);
    await later.changedHere?.();
    say("Saved");
  } catch (error) {
    if (error instanceof Offline) toast("No connection: nothing was saved");
    else refused(form, error.message);
  } finally {
    delete form.dataset.sending;
  }
}

function saved(form) {
  for (const problem of $$(".problem", form)) problem.remove();
  for (const field of $$("input:not([type=hidden])", form)) {
    field.removeAttribute("aria-invalid");
    if (form.matches(".fact")) field.defaultValue = field.value;
    else field.value = "";
  }
  const details = form.closest("details.menu, details.add-task");
  if (details) closeMenu(details);
}

function refused(form, words) {
  for (const problem of $$(".problem", form)) problem.remove();
  const problem = document.createElement("p");
  problem.className = "problem";
  problem.role = "alert";
  problem.textContent = `${words}.`;
  form.append(problem);
  if (form.matches(".fact")) $$("input:not([type=hidden])", form)[0].setAttribute("aria-invalid", "true");
}

export function start() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-here]")) return;
    event.preventDefault();
    save(event.target, event.submitter);
  });
  document.addEventListener("change", (event) => event.target.closest("form.fact[data-here]")?.requestSubmit());
}
