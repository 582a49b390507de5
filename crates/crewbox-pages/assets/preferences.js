// Preferences of the member: set on the page at once, and on the server for every browser of theirs.
import { post } from "./dom.js";

export function prefer(name, value) {
  document.body.dataset[name] = value;
  return post("/parts/preferences", { [name]: value });
}

// Switches between light and dark, from what is shown now.
export function switchTheme() {
  const root = document.documentElement;
  const { colorScheme } = getComputedStyle(root);
  const isDark = colorScheme === "dark" || (colorScheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = isDark ? "light" : "dark";
  return prefer("theme", root.dataset.theme);
}
