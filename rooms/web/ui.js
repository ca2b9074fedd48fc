// Small helpers for the page's elements.

/** Faults shown at the same time; an older one of the same words is replaced. */
const TOASTS_MAX = 3;

const TOAST_MS = 12_000;

export const $ = (selector, root = document) => root.querySelector(selector);

/** An element with classes and text. */
export function make(tag, { text, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export function button(text, onclick, className = "") {
  return make("button", { type: "button", text, onclick, className });
}

export function show(view) {
  document.body.dataset.view = view;
}

/** Says what went wrong and what to do. `act` is an optional [word, function]. */
export function toast({ what, todo }, act) {
  const box = $("#toasts");
  for (const old of box.children) if (old.dataset.what === what) old.remove();
  while (box.children.length >= TOASTS_MAX) box.firstChild.remove();
  const words = make("div", {}, make("strong", { text: what }), make("span", { text: todo }));
  const item = make("div", { className: "toast" }, words);
  item.dataset.what = what;
  if (act) item.append(button(act[0], () => { act[1](); item.remove(); }, "primary"));
  const close = button("×", () => item.remove());
  close.setAttribute("aria-label", "Close");
  item.append(close);
  box.append(item);
  if (!act) setTimeout(() => item.remove(), TOAST_MS);
}

/** Takes away what is true no longer. */
export function untoast(what) {
  for (const old of $("#toasts").children) if (old.dataset.what === what) old.remove();
}
