// The pickers for camera, microphone and how they are to be used.

import { RESOLUTIONS, saveSettings } from "./settings.js";
import { $, make } from "./ui.js";

const SOURCE_OF = {
  microphone: "microphone",
  echoCancellation: "microphone",
  noiseSuppression: "microphone",
  autoGainControl: "microphone",
  camera: "camera",
  resolution: "camera",
};

/** Wires the pickers to settings and media. */
export class DevicePickers {
  #form = $("#devices");
  #settings;
  #media;

  constructor(settings, media) {
    this.#settings = settings;
    this.#media = media;
    const sizes = Object.keys(RESOLUTIONS).map((size) => new Option(size.replace("x", " × "), size));
    this.#field("resolution").replaceChildren(...sizes);
    for (const name of Object.keys(SOURCE_OF)) {
      const field = this.#field(name);
      if (field.type === "checkbox") field.checked = settings[name];
      else field.value = settings[name];
      field.addEventListener("change", () => this.#changed(name, field));
    }
    media.addEventListener("devices", () => this.refresh());
  }

  /** The same pickers serve the lobby and the room. */
  moveTo(place) {
    place.append(this.#form);
  }

  async refresh() {
    const devices = await this.#media.devices();
    for (const [source, list] of Object.entries(devices)) {
      const field = this.#field(source);
      const options = list.map(({ id, label }, i) => new Option(label || `${source} ${i + 1}`, id));
      field.replaceChildren(make("option", { value: "", text: "as the system likes" }), ...options);
      const wanted = this.#settings[source];
      field.value = list.some(({ id }) => id === wanted) ? wanted : "";
    }
  }

  #field(name) {
    return this.#form.elements[name];
  }

  #changed(name, field) {
    this.#settings[name] = field.type === "checkbox" ? field.checked : field.value;
    saveSettings(this.#settings);
    const source = SOURCE_OF[name];
    if (this.#media.tracks.has(source)) this.#media.turnOn(source);
  }
}
