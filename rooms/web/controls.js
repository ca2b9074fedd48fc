// The call's buttons and keys.

import { $ } from "./ui.js";

const KEYS = { m: "microphone", v: "camera", a: "ascii", c: "panel" };

/** Wires buttons and keys to `acts`, by name; `isActive()` says whether keys count now. */
export function wireControls(acts, isActive) {
  $("#controls").addEventListener("click", (event) => {
    const act = event.target.closest("button")?.dataset.act;
    if (act) acts[act]();
  });
  document.addEventListener("keydown", (event) => {
    const other = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    if (other || !isActive()) return undefined;
    if (event.key === "Escape") return acts.escape();
    const typing = event.target.closest("input, select, textarea");
    if (!typing && KEYS[event.key]) acts[KEYS[event.key]]();
    return undefined;
  });
}

export function press(act, on) {
  $(`[data-act="${act}"]`).setAttribute("aria-pressed", on);
}

export const isPressed = (act) =>
  $(`[data-act="${act}"]`).getAttribute("aria-pressed") === "true";
