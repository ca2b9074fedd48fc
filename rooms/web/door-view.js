// The lock in the room's header, and the list of those who wait to be let in.

import { $, button, make } from "./ui.js";

export class DoorView {
  #lock = $("#lock");
  #knocks = $("#knocks");
  #room = null;

  constructor() {
    this.#lock.addEventListener("click", () => this.#room?.door.lock(!this.#room.door.locked));
  }

  /** Shows the door of this room from now on. */
  watch(room) {
    this.#room = room;
    room.door.addEventListener("change", () => this.update());
    room.addEventListener("participants", () => this.update());
    this.update();
  }

  update() {
    const { door, id, participants } = this.#room;
    const isHost = door.host !== null && door.host === id;
    this.#lock.hidden = door.host === null;
    this.#lock.disabled = !isHost;
    this.#lock.setAttribute("aria-pressed", door.locked);
    $("span", this.#lock).textContent = door.locked ? "Locked" : "Open to all";
    const host = participants.get(door.host)?.name ?? "the host";
    this.#lock.title = isHost
      ? door.locked ? "Let everyone in who comes" : "Lock the room: who comes waits until you let them in"
      : `Only ${host} can lock or open this room`;
    this.#showKnocks(isHost ? door.knocks : new Map());
  }

  /** Keeps the items of those who go on waiting: a press on one must not land on another. */
  #showKnocks(knocks) {
    for (const item of [...this.#knocks.children]) {
      if (!knocks.has(item.dataset.id)) item.remove();
    }
    const shown = new Set([...this.#knocks.children].map((item) => item.dataset.id));
    for (const [id, name] of knocks) {
      if (!shown.has(id)) this.#knocks.append(this.#knock(id, name));
    }
  }

  #knock(id, name) {
    const { door } = this.#room;
    const words = make("span", {}, make("bdi", { text: name }), " wants to come in.");
    const admit = button("Let in", () => door.admit(id, true), "primary");
    const refuse = button("Refuse", () => door.admit(id, false));
    const item = make("li", {}, words, admit, refuse);
    item.dataset.id = id;
    return item;
  }
}
