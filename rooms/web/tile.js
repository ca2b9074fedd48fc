// One tile: a picture or the first letter of a name, with what is to be known about it.

import { AsciiView } from "./ascii.js";
import { button, icon, make, toast, untoast } from "./ui.js";
import { CONNECTION_LOST } from "./words.js";

const SILENT = {
  what: "The browser holds the sound back.",
  todo: "It waits for a click on the page.",
};

export class Tile {
  element;
  video;
  #caption;
  #avatar;
  #pin;
  #lost = make("div", { className: "lost", role: "status" });
  #pre = make("pre", { ariaHidden: "true" });
  #stream = new MediaStream();
  #ascii = null;

  /** `pin()` is called when the person wants this tile large, or not any more. */
  constructor(own, pin) {
    this.video = make("video", { autoplay: true, playsInline: true, muted: own });
    this.#avatar = make("div", { className: "avatar", ariaHidden: "true" });
    this.#caption = make("div", { className: "caption" });
    this.#pin = button("", pin, "pin");
    this.#pin.append(icon("pin"));
    const parts = [this.video, this.#avatar, this.#pre, this.#lost, this.#caption, this.#pin];
    this.element = make("article", { className: "tile" }, ...parts);
    this.element.classList.toggle("own", own);
  }

  /** shown: { name, screen, own, tracks, picture, muted, lost } */
  update({ name, screen, own, tracks, picture, muted, lost }) {
    const title = screen ? `${name}: screen` : own ? `${name} (you)` : name;
    const words = lost ? `${title}, ${CONNECTION_LOST.toLowerCase()}` : title;
    this.element.setAttribute("aria-label", words);
    this.element.classList.toggle("screen", screen);
    this.element.classList.toggle("no-picture", !picture);
    this.element.classList.toggle("is-lost", lost);
    this.#say(lost ? CONNECTION_LOST : "");
    this.#avatar.textContent = Array.from(name)[0]?.toUpperCase() ?? "?";
    this.#pin.dataset.title = title;
    const after = screen ? ": screen" : own ? " (you)" : "";
    this.#caption.replaceChildren(make("span", {}, make("bdi", { text: name }), after));
    if (muted) {
      const sign = icon("mic");
      sign.append(icon("off").firstChild);
      this.#caption.append(sign);
    }
    this.#setTracks(tracks);
  }

  /** Marks it as the large one; `pinned` when the person chose it. */
  setSpot(spot, pinned) {
    this.element.classList.toggle("spot", spot);
    const act = pinned ? "Unpin" : "Pin";
    this.#pin.setAttribute("aria-pressed", pinned);
    this.#pin.setAttribute("aria-label", `${act} ${this.#pin.dataset.title}`);
    this.#pin.title = pinned ? "Give everyone the same room" : "Give this the stage";
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

  /** A text set again would be read out again. */
  #say(words) {
    if (this.#lost.textContent !== words) this.#lost.textContent = words;
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
