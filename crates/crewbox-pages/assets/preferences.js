// Preferences of the member: set on the page at once, and on the server for every browser of theirs. Loaded when one is changed.
import { Offline, post } from "./dom.js";
import { toast } from "./announce.js";

export async function prefer(name, value) {
  document.body.dataset[name] = value;
  try {
    await post("/parts/preferences", { [name]: value });
  } catch (error) {
    toast(error instanceof Offline ? "No connection: it holds for this page" : error.message);
  }
}

// Switches between light and dark, from what is shown now.
export function switchTheme() {
  const root = document.documentElement;
  const { colorScheme } = getComputedStyle(root);
  const isDark = colorScheme === "dark" || (colorScheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = isDark ? "light" : "dark";
  prefer("theme", root.dataset.theme);
}
