// Starts what the pages beside the inbox have of it: menus that close, and the way to the palette.
import { closeOpen, startMenus } from "./menus.js";

startMenus();
addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const isPalette = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
  if (isPalette) location.assign("/inbox/mine#palette");
  if (isPalette || (event.key === "Escape" && closeOpen())) event.preventDefault();
});
