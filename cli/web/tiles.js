// One tile per picture: every participant, and every shared screen.

import { AsciiView } from "./ascii.js";
import { icon, make, toast, untoast } from "./ui.js";

const SILENT = {
  what: "The browser holds the sound back.",
  todo: "It waits for a click on the page.",
};

class Tile {
  element;
  video;
  #caption;
  #avatar;
  #pre = make("pre", { ariaHidden: "true" });
  #stream = new MediaStream();
  #ascii = null;

  constructor(own) {
    this.video = make("video", { autoplay: true, playsInline: true, muted: own });
    this.#avatar = make("div", { className: "avatar", ariaHidden: "true" });
    this.#caption = make("div", { className: "caption" });
    const parts = [this.video, this.#avatar, this.#pre, this.#caption];
    this.element = make("article", { className: "tile" }, ...parts);
    this.element.classList.toggle("own", own);
  }

  /** shown: { name, screen, own, tracks, picture, muted } */
  update({ name, screen, own, tracks, picture, muted }) {
    const title = screen ? `${name}: screen` : own ? `${name} (you)` : name;
    this.element.setAttribute("aria-label", title);
    this.element.classList.toggle("screen", screen);
    this.element.classList.toggle("no-picture", !picture);
    this.#avatar.textContent = Array.from(name)[0]?.toUpperCase() ?? "?";
    this.#caption.replaceChildren(make("span", { text: title }));
    if (muted) {
      const sign = icon("mic");
      sign.append(icon("off").firstChild);
      this.#caption.append(sign);
    }
    this.#setTracks(tracks);
  }

  setAscii(on) {
    if (on === (this.#ascii !== null)) return;
    this.element.classList.toggle("ascii", on);
    this.#ascii?.stop();
    this.#ascii = on ? new AsciiView(this.video, this.#pre) : null;
  }

  remove() {
    this.setAscii(false);
    this.video.srcObject = null;
    this.element.remove();
  }

  #setTracks(tracks) {
    const before = this.#stream.getTracks();
    for (const track of before) if (!tracks.includes(track)) this.#stream.removeTrack(track);
    for (const track of tracks) if (!before.includes(track)) this.#stream.addTrack(track);
    if (this.video.srcObject !== this.#stream) this.video.srcObject = this.#stream;
    if (tracks.length > 0 && this.video.paused) this.#play();
  }

  async #play() {
    try {
      await this.video.play();
      untoast(SILENT.what);
    } catch (error) {
      if (error.name !== "NotAllowedError") return;
      toast(SILENT, ["Play", () => document.querySelectorAll("video").forEach((v) => v.play())]);
    }
  }
}

/** Keeps the stage in line with the room. */
export class Stage {
  #stage;
  #tiles = new Map();
  #ascii = false;

  constructor(stage) {
    this.#stage = stage;
    new ResizeObserver(() => this.#arrange()).observe(stage);
  }

  /** Shows this room and this person's own media. */
  update(room, media) {
    const shown = new Map();
    const remote = room.remoteTracks();
    for (const participant of room.participants.values()) {
      const mine = remote.filter((track) => track.participant === participant.id);
      this.#collect(shown, participant, mine, participant.state);
    }
    const own = [...media.tracks].map(([source, { track }]) => ({ source, track }));
    const self = { id: "own", name: room.name };
    this.#collect(shown, self, own.filter(({ source }) => source !== "microphone"), media.state());
    for (const [key, tile] of this.#tiles) {
      if (shown.has(key)) continue;
      tile.remove();
      this.#tiles.delete(key);
    }
    for (const [key, what] of shown) this.#tile(key, what.own).update(what);
    this.#arrange();
  }

  setAscii(on) {
    this.#ascii = on;
    for (const tile of this.#tiles.values()) tile.setAscii(on);
  }

  clear() {
    for (const tile of this.#tiles.values()) tile.remove();
    this.#tiles.clear();
  }

  /** The video element of a participant, or of its screen. */
  video(id, screen = false) {
    return this.#tiles.get(screen ? `${id}/screen` : id)?.video;
  }

  #collect(shown, { id, name }, tracks, state) {
    const own = id === "own";
    const face = tracks.filter(({ source }) => source !== "screen");
    const hasCamera = face.some(({ source, track }) => source === "camera" && !track.muted);
    shown.set(id, {
      name,
      own,
      screen: false,
      tracks: face.map(({ track }) => track),
      picture: hasCamera && state?.camera !== false,
      muted: state?.microphone === false,
    });
    const screens = tracks.filter(({ source }) => source === "screen").map(({ track }) => track);
    if (screens.length === 0) return;
    const what = { name, own, screen: true, tracks: screens, picture: true, muted: false };
    shown.set(`${id}/screen`, what);
  }

  #tile(key, own) {
    let tile = this.#tiles.get(key);
    if (!tile) {
      tile = new Tile(own);
      tile.setAscii(this.#ascii);
      this.#tiles.set(key, tile);
      this.#stage.append(tile.element);
    }
    return tile;
  }

  /** As many columns as make the tiles largest, for pictures of 16 by 9. */
  #arrange() {
    const count = this.#tiles.size;
    const { clientWidth, clientHeight } = this.#stage;
    let best = { columns: 1, area: 0 };
    for (let columns = 1; columns <= count; columns += 1) {
      const width = clientWidth / columns;
      const height = Math.min(clientHeight / Math.ceil(count / columns), (width * 9) / 16);
      const area = height * Math.min(width, (height * 16) / 9);
      if (area > best.area) best = { columns, area };
    }
    this.#stage.style.setProperty("--columns", best.columns);
  }
}
