// Starts what the pages beside the inbox have of it: menus that close, and the way to the palette.
import { $, named } from "./dom.js";
import { closeOpen, startMenus } from "./menus.js";

startMenus();
addEventListener("keydown", (event) => {
  // Some programs that fill in fields send events without a key.
  if (event.isComposing || !event.key) return;
  const keys = named(event);
  // These pages are full of fields: only keys with Ctrl lead away from them.
  const isPalette = keys.includes("Mod+") && $("[data-palette]")?.dataset.palette.split(",").includes(keys);
  if (isPalette) location.assign("/inbox/mine#palette");
  if (isPalette || (event.key === "Escape" && closeOpen())) event.preventDefault();
});
