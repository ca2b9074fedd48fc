// The panel: tabs, chat, the story, the numbers.

import { Graph } from "./graphs.js";
import { $, make } from "./ui.js";
import { bitrate } from "./words.js";

const TABS = ["chat", "files", "stats", "log", "settings"];

/** Lines of chat and of the story kept in the page. */
const LINES_MAX = 500;

/** Where the panel lies over the stage instead of beside it; style.css has the same width. */
const OVERLAY = window.matchMedia("(max-width: 760px)");

export class Panel {
  tab = "chat";
  #room = $("#room");
  #toggle = $('[data-act="panel"]');
  #news = 0;

  constructor() {
    for (const name of TABS) {
      const tab = $(`#tab-${name}`);
      tab.addEventListener("click", () => this.choose(name));
      tab.addEventListener("keydown", (event) => this.#arrow(event, name));
    }
    $("#close-panel").addEventListener("click", () => this.open(false));
    OVERLAY.addEventListener("change", () => this.#cover());
    this.choose("chat");
  }

  get isOpen() {
    return this.#room.classList.contains("with-panel");
  }

  /** Opens or closes it. `focus`: the person asked for it, so the keyboard goes along. */
  open(on, { focus = true } = {}) {
    const within = $("#panel").contains(document.activeElement);
    this.#room.classList.toggle("with-panel", on);
    this.#toggle.setAttribute("aria-pressed", on);
    this.#toggle.setAttribute("aria-expanded", on);
    this.#cover();
    if (on && this.tab === "chat") this.#noNews();
    if (on && focus) $(`#tab-${this.tab}`).focus();
    // What had the focus is hidden now.
    if (!on && within) this.#toggle.focus();
  }

  /** What the panel covers cannot be reached by the keyboard; the call's controls always can. */
  #cover() {
    $("#stage").inert = this.isOpen && OVERLAY.matches;
  }

  choose(name) {
    this.tab = name;
    for (const other of TABS) {
      const tab = $(`#tab-${other}`);
      tab.setAttribute("aria-selected", other === name);
      tab.tabIndex = other === name ? 0 : -1;
      $(`#pane-${other}`).hidden = other !== name;
    }
    if (name === "chat" && this.isOpen) this.#noNews();
  }

  /** Something was said that nobody may have seen. */
  news() {
    if (this.isOpen && this.tab === "chat") return;
    this.#news += 1;
    this.#toggle.dataset.news = this.#news;
  }

  #noNews() {
    this.#news = 0;
    delete this.#toggle.dataset.news;
  }

  #arrow(event, name) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = TABS[(TABS.indexOf(name) + step + TABS.length) % TABS.length];
    this.choose(next);
    $(`#tab-${next}`).focus();
  }
}

/** Adds to a list, keeps it short, and follows its end when the reader does. */
function append(list, item) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  list.append(item);
  while (list.children.length > LINES_MAX) list.firstChild.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
}

export function showChat({ name, text, own }) {
  const item = make("li", { className: own ? "own" : "" });
  if (!own) item.append(make("b", {}, make("bdi", { text: name })));
  item.append(text);
  append($("#messages"), item);
}

export function showNews(text) {
  append($("#messages"), make("li", { className: "news", text }));
}

export function showStory({ at, text, level }) {
  const time = make("time", { text: `${at.toFixed(2)} s` });
  append($("#story"), make("li", { className: level }, time, make("span", { text })));
}

export class Numbers {
  #graphs;

  constructor() {
    const ms = (value) => `${Math.round(value)} ms`;
    const percent = (value) => `${(value * 100).toFixed(1)} %`;
    const line = (label, color, value) => ({ label, color, value });
    this.#graphs = [
      new Graph($("#graph-rate"), [
        line("in", "#3fb28f", (s) => s.audioInBps + s.videoInBps),
        line("out", "#f0b455", (s) => s.audioOutBps + s.videoOutBps),
      ], bitrate),
      new Graph($("#graph-rtt"), [
        line("network", "#3fb28f", (s) => s.rttMs),
        line("data", "#f0b455", (s) => s.echoMs),
      ], ms),
      new Graph($("#graph-loss"), [
        line("in", "#3fb28f", (s) => s.lossIn),
        line("out", "#f0b455", (s) => s.lossOut),
      ], percent),
      new Graph($("#graph-fps"), [
        line("in", "#3fb28f", (s) => s.fpsIn),
        line("out", "#f0b455", (s) => s.fpsOut),
      ], (value) => value.toFixed(0)),
    ];
  }

  draw(samples) {
    if ($("#pane-stats").hidden) return;
    for (const graph of this.#graphs) graph.draw(samples);
    const last = samples.at(-1);
    if (!last) return;
    const rows = {
      Path: last.paths.join("\n") || "none yet",
      Pictures: last.streams.join("\n") || "none yet",
      Sound: last.sounds.join("\n") || "none yet",
      Jitter: `${last.jitterMs.toFixed(1)} ms`,
      "Room to send": last.availableOutBps ? bitrate(last.availableOutBps) : "–",
    };
    const entries = Object.entries(rows).flatMap(([term, text]) => [
      make("dt", { text: term }),
      make("dd", { text }),
    ]);
    $("#numbers").replaceChildren(...entries);
  }
}
