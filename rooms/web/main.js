// Puts the page together: landing, lobby, room.

import { makeApi, until } from "./api.js";
import { cheaperCodec } from "./busy.js";
import { isPressed, press, wireControls } from "./controls.js";
import { DevicePickers } from "./devices.js";
import { DoorView } from "./door-view.js";
import { FilesView } from "./files-view.js";
import { Lobby } from "./lobby.js";
import { Log } from "./log.js";
import { LocalMedia } from "./media.js";
import { inSentence, plainName } from "./names.js";
import { Numbers, Panel, showChat, showNews, showStory } from "./panel.js";
import { Room } from "./room.js";
import { loadSettings, randomRoom, readLink, saveSettings, shareLink } from "./settings.js";
import { FINAL } from "./signalling.js";
import { Stats } from "./stats.js";
import { Stage } from "./tiles.js";
import { $, show, toast, untoast } from "./ui.js";
import { MACHINE_BUSY, SERVER_GONE, roomStatus } from "./words.js";

const link = readLink(window.location);
const settings = loadSettings();
const log = new Log();
const media = new LocalMedia(settings, log);
const stage = new Stage($("#stage"));
const stats = new Stats(() => session.room?.peers.values() ?? []);
const panel = new Panel();
const numbers = new Numbers();
const pickers = new DevicePickers(settings, media);
const doorView = new DoorView();
const lobby = new Lobby({ media, join, switches });
let filesView = null;

const session = { log, link, media, stats, stage, room: null, join, setMicrophone, setCamera };
window.lapwing = makeApi(session);
window.lapwing.until = until;

log.addEventListener("line", ({ detail }) => showStory(detail));
stats.addEventListener("sample", () => {
  numbers.draw(stats.samples);
  relieve();
});
media.addEventListener("fault", ({ detail }) => toast(detail));
media.addEventListener("track", refresh);
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

/** `note` says why the person is here again. */
function openLobby(note = null) {
  for (const heading of document.querySelectorAll(".room-name")) heading.textContent = link.room;
  document.title = `${link.room} – Lapwing`;
  pickers.moveTo($("#lobby-devices"));
  pickers.refresh();
  show("lobby");
  lobby.open(lobby.name || (link.name ?? settings.name), note);
}

async function openControl() {
  try {
    const { control } = await import("/web/control.js");
    control(link.control, window.lapwing);
  } catch {
    log.write("This server does not let programs steer the page.", "warn");
  }
}

function join(wanted, password = "") {
  if (!wanted || session.room) return;
  const name = plainName(wanted);
  settings.name = name;
  saveSettings(settings);
  pickers.moveTo($("#room-devices"));
  const room = new Room({ link, name, password, media, log });
  session.room = room;
  filesView = new FilesView(room);
  listen(room);
  doorView.watch(room);
  show("room");
  lobby.update();
  refresh();
  stats.start();
  room.join();
}

function listen(room) {
  room.addEventListener("joined", () => {
    untoast(SERVER_GONE.what);
    refresh();
  });
  room.door.addEventListener("change", () => {
    if (session.room === room) show(room.door.isWaiting ? "waiting" : "room");
  });
  const known = new Map();
  room.addEventListener("participants", () => {
    for (const [id, { name }] of room.participants) {
      if (!known.has(id)) showNews(`${inSentence(name)} is here.`);
      known.set(id, name);
    }
    for (const [id, name] of known) {
      if (room.participants.has(id)) continue;
      showNews(`${inSentence(name)} is gone.`);
      known.delete(id);
    }
    filesView.update();
    refresh();
  });
  room.addEventListener("tracks", refresh);
  room.addEventListener("state", refresh);
  room.addEventListener("fault", ({ detail }) => fault(detail));
  room.addEventListener("mended", ({ detail }) => untoast(detail.what));
  room.addEventListener("ended", () => ended("You have left the room.", ""));
  room.addEventListener("chat", ({ detail }) => {
    window.lapwing.messages.push(detail);
    showChat(detail);
    if (!detail.own) panel.news();
  });
  room.files.addEventListener("transfer", ({ detail }) => {
    if (detail.transfer.direction === "out") return;
    panel.open(true, { focus: false });
    panel.choose("files");
  });
  filesView.update();
}

/** A fault after which there is no room to go back to ends the call; others are only said. */
function fault({ what, todo, code, act }) {
  if (["password-required", "wrong-password"].includes(code)) askAgain({ what, todo });
  else if (FINAL.has(code)) ended(what, todo);
  else toast({ what, todo }, act);
}

/** Ends what there was of a call; null when there was none. */
function endRoom() {
  const { room } = session;
  if (!room) return null;
  session.room = null;
  room.leave();
  stats.stop();
  stage.clear();
  return room;
}

/** Back to the lobby with all that was entered: something is missing for the room. */
function askAgain(note) {
  if (endRoom()) openLobby(note);
}

function ended(what, todo) {
  if (!endRoom()) return;
  media.close();
  $("#ended h1").textContent = what;
  $("#ended p").textContent = todo;
  show("ended");
}

/** On a machine too busy for its codec, a cheaper one keeps the pictures going. */
function relieve() {
  const { room } = session;
  const codec = room?.mode === "forward" ? cheaperCodec(stats.samples) : null;
  if (!codec || room.videoCodec === codec) return;
  log.write(`${MACHINE_BUSY.what} ${MACHINE_BUSY.todo}`, "warn");
  toast(MACHINE_BUSY);
  room.preferVideo(codec);
}

function refresh() {
  const { room } = session;
  if (!room) return;
  stage.update(room, media);
  const { microphone, camera, screen } = media.state();
  press("microphone", microphone);
  press("camera", camera);
  press("screen", screen);
  const [word, state] = roomStatus(room);
  const pill = $("#status");
  if (pill.textContent !== word) pill.textContent = word;
  pill.dataset.state = state;
}

async function setMicrophone(on) {
  media.setMuted(!on);
  if (on && !media.tracks.has("microphone")) await media.turnOn("microphone");
}

async function setCamera(on) {
  if (on) await media.turnOn("camera");
  else media.turnOff("camera");
}

/** In the lobby nobody waits for the sound to be back at once: off closes the device. */
async function switches(source) {
  const on = !media.state()[source];
  if (source === "camera") await setCamera(on);
  else await setMicrophone(on);
  if (!on) media.turnOff(source);
}

const ACTS = {
  microphone: () => setMicrophone(!media.state().microphone),
  camera: () => setCamera(!media.state().camera),
  screen: () => (media.state().screen ? media.turnOff("screen") : media.shareScreen()),
  ascii: () => {
    const on = !isPressed("ascii");
    press("ascii", on);
    stage.setAscii(on);
  },
  panel: () => panel.open(!panel.isOpen),
  escape: () => panel.isOpen && panel.open(false),
  leave: () => session.room?.leave(),
};

wireControls(ACTS, () => document.body.dataset.view === "room");

$("#stop-waiting").addEventListener("click", () => {
  if (endRoom()) openLobby();
});

$("#chat").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.elements.text;
  if (!field.value || !session.room) return;
  const why = session.room.chat(field.value);
  if (why) toast(why);
  else field.value = "";
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

window.addEventListener("pagehide", () => session.room?.leave());
