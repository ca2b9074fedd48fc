// Puts the page together: landing, lobby, room.

import { makeApi, until } from "./api.js";
import { DevicePickers } from "./devices.js";
import { FilesView } from "./files-view.js";
import { Log } from "./log.js";
import { LocalMedia } from "./media.js";
import { Numbers, Panel, showChat, showNews, showStory } from "./panel.js";
import { Room } from "./room.js";
import { loadSettings, randomRoom, readLink, saveSettings, shareLink } from "./settings.js";
import { Stats } from "./stats.js";
import { Stage } from "./tiles.js";
import { $, show, toast, untoast } from "./ui.js";
import { SERVER_GONE } from "./words.js";

const link = readLink(window.location);
const settings = loadSettings();
const log = new Log();
const media = new LocalMedia(settings, log);
const stage = new Stage($("#stage"));
const stats = new Stats(() => session.room?.peers.values() ?? []);
const panel = new Panel();
const numbers = new Numbers();
const pickers = new DevicePickers(settings, media);
let filesView = null;

const session = { log, media, stats, stage, room: null, join, setMicrophone, setCamera };
window.lapwing = makeApi(session);
window.lapwing.until = until;

log.addEventListener("line", ({ detail }) => showStory(detail));
stats.addEventListener("sample", () => numbers.draw(stats.samples));
media.addEventListener("fault", ({ detail }) => toast(detail));
media.addEventListener("track", ({ detail }) => {
  if (detail.source === "camera") showPreview();
  refresh();
});
media.addEventListener("muted", refresh);

if (link.room) openLobby();
else openLanding();
if (link.control) openControl();

function openLanding() {
  const form = $("#open-room");
  form.elements.room.value = randomRoom();
  form.onsubmit = (event) => {
    event.preventDefault();
    const target = new URL(`/r/${form.elements.room.value}`, window.location.href);
    if (form.elements.mode.value) target.searchParams.set("mode", form.elements.mode.value);
    window.location.href = target.href;
  };
  show("landing");
}

async function openLobby() {
  for (const heading of document.querySelectorAll(".room-name")) heading.textContent = link.room;
  document.title = `${link.room} – Lapwing`;
  const form = $("#join");
  form.elements.name.value = link.name ?? settings.name;
  form.onsubmit = (event) => {
    event.preventDefault();
    join(form.elements.name.value.trim());
  };
  pickers.moveTo($("#lobby-devices"));
  show("lobby");
  showPreview();
  await pickers.refresh();
  await media.open(link);
  if (link.autojoin) join(form.elements.name.value.trim() || "guest");
}

function showPreview() {
  const camera = media.tracks.get("camera");
  const preview = $(".preview");
  preview.classList.toggle("no-picture", !camera);
  $("video", preview).srcObject = camera?.stream ?? null;
  $(".avatar", preview).textContent = Array.from($("#join").elements.name.value)[0]?.toUpperCase() ?? "?";
}

async function openControl() {
  try {
    const { control } = await import("/web/control.js");
    control(link.control, window.lapwing);
  } catch {
    log.write("This server does not let programs steer the page.", "warn");
  }
}

function join(name) {
  if (!name || session.room) return;
  settings.name = name;
  saveSettings(settings);
  $(".preview video").srcObject = null;
  pickers.moveTo($("#room-devices"));
  const room = new Room({ link, name, media, log });
  session.room = room;
  filesView = new FilesView(room);
  listen(room);
  show("room");
  refresh();
  stats.start();
  room.join();
}

function listen(room) {
  room.addEventListener("joined", () => {
    untoast(SERVER_GONE.what);
    refresh();
  });
  const known = new Map();
  room.addEventListener("participants", () => {
    for (const [id, { name }] of room.participants) {
      if (!known.has(id)) showNews(`${name} is here.`);
      known.set(id, name);
    }
    for (const [id, name] of known) {
      if (room.participants.has(id)) continue;
      showNews(`${name} is gone.`);
      known.delete(id);
    }
    filesView.update();
    refresh();
  });
  room.addEventListener("tracks", refresh);
  room.addEventListener("state", refresh);
  room.addEventListener("fault", ({ detail }) => fault(detail));
  room.addEventListener("ended", () => ended("You have left the room.", ""));
  room.addEventListener("chat", ({ detail }) => {
    window.lapwing.messages.push(detail);
    showChat(detail);
    if (!detail.own) panel.news();
  });
  room.files.addEventListener("transfer", ({ detail }) => {
    if (detail.transfer.direction === "out") return;
    panel.open(true);
    panel.choose("files");
  });
  filesView.update();
}

/** A fault after which there is no room to go back to ends the call; others are only said. */
function fault({ what, todo, code }) {
  const final = ["bad-version", "bad-room", "bad-name", "room-full", "replaced"];
  if (final.includes(code)) ended(what, todo);
  else toast({ what, todo });
}

function ended(what, todo) {
  const { room } = session;
  if (!room) return;
  session.room = null;
  room.leave();
  stats.stop();
  media.close();
  stage.clear();
  $("#ended h1").textContent = what;
  $("#ended p").textContent = todo;
  show("ended");
}

function refresh() {
  const { room } = session;
  if (!room) return;
  stage.update(room, media);
  const { microphone, camera, screen } = media.state();
  press("microphone", microphone);
  press("camera", camera);
  press("screen", screen);
  const [word, state] = status(room);
  const pill = $("#status");
  if (pill.textContent !== word) pill.textContent = word;
  pill.dataset.state = state;
}

function press(act, on) {
  $(`[data-act="${act}"]`).setAttribute("aria-pressed", on);
}

/** The room's state in two words, and whether that is good. */
function status(room) {
  const states = [...room.peers.values()].map(({ pc }) => pc.connectionState);
  if (room.signalling.state === "waiting") return ["server gone", "bad"];
  if (room.signalling.state !== "open") return ["connecting", ""];
  if (states.includes("failed")) return ["no connection", "bad"];
  if (room.participants.size === 0) return ["nobody else yet", ""];
  if (states.some((state) => state !== "connected")) return ["connecting", ""];
  return [room.mode === "direct" ? "connected directly" : "connected", "good"];
}

async function setMicrophone(on) {
  if (on && !media.tracks.has("microphone")) await media.turnOn("microphone");
  media.setMuted(!on);
}

async function setCamera(on) {
  if (on) await media.turnOn("camera");
  else media.turnOff("camera");
}

const ACTS = {
  microphone: () => setMicrophone(!media.state().microphone),
  camera: () => setCamera(!media.state().camera),
  screen: () => (media.state().screen ? media.turnOff("screen") : media.shareScreen()),
  ascii: () => {
    const on = $('[data-act="ascii"]').getAttribute("aria-pressed") !== "true";
    press("ascii", on);
    stage.setAscii(on);
  },
  panel: () => panel.open(!panel.isOpen),
  leave: () => session.room?.leave(),
};

$("#controls").addEventListener("click", (event) => {
  const act = event.target.closest("button")?.dataset.act;
  if (act) ACTS[act]();
});

$("#chat").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.elements.text;
  if (!field.value) return;
  if (session.room?.chat(field.value)) field.value = "";
  else toast({ what: "It could not be said.", todo: "Nobody is connected, or it is too long." });
});

$("#share").addEventListener("click", async () => {
  const address = shareLink(window.location, session.room?.mode ?? link.mode);
  try {
    await navigator.clipboard.writeText(address);
    toast({ what: "The link is copied.", todo: address });
  } catch {
    toast({ what: "This is the link; copy it by hand.", todo: address });
  }
});

$("#again").addEventListener("click", () => window.location.reload());

const KEYS = { m: "microphone", v: "camera", a: "ascii", c: "panel" };

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !session.room) return;
  if (KEYS[event.key]) ACTS[KEYS[event.key]]();
});

window.addEventListener("pagehide", () => session.room?.leave());
