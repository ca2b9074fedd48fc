// Before the call: name, password, and a look into one's own mirror. No device is opened and nothing is
// joined until the person says so, whatever the link says.

import { plainName } from "./names.js";
import { $ } from "./ui.js";

const SOURCES = ["microphone", "camera"];

export class Lobby {
  #form = $("#join");
  #note = $("#join-note");
  #media;

  /** `join(name, password)` is called at the person's wish; `switches(source)` turns a device on or off. */
  constructor({ media, join, switches }) {
    this.#media = media;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      join(this.name, this.#form.elements.password.value);
    });
    this.#form.elements.name.addEventListener("input", () => this.update());
    for (const source of SOURCES) {
      this.#button(source).addEventListener("click", () => switches(source));
    }
    media.addEventListener("track", () => this.update());
    media.addEventListener("muted", () => this.update());
  }

  get name() {
    const { value } = this.#form.elements.name;
    return value.trim() && plainName(value);
  }

  /** Opens the lobby; `note` says why the person is here again. */
  open(name, note = null) {
    if (name) this.#form.elements.name.value = plainName(name);
    this.#note.textContent = note ? `${note.what} ${note.todo}` : "";
    this.#note.hidden = !note;
    this.update();
    this.#form.elements[note ? "password" : "name"].focus({ preventScroll: true });
  }

  update() {
    const state = this.#media.state();
    for (const source of SOURCES) this.#button(source).setAttribute("aria-pressed", state[source]);
    const preview = $(".preview", this.#form);
    const camera = this.#media.tracks.get("camera");
    preview.classList.toggle("no-picture", !camera);
    const video = $("video", preview);
    const stream = document.body.dataset.view === "room" ? null : (camera?.stream ?? null);
    if (video.srcObject !== stream) video.srcObject = stream;
    $(".avatar", preview).textContent = Array.from(this.name)[0]?.toUpperCase() ?? "?";
    const on = SOURCES.filter((source) => state[source]);
    $("#join-how").textContent = on.length > 0
      ? `You join with your ${on.join(" and ")} on.`
      : "You join with microphone and camera off; you can switch them on at any time.";
  }

  #button(source) {
    return $(`[data-device="${source}"]`, this.#form);
  }
}
