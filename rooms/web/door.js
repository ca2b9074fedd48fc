// Who may come in: the host, the lock, and who waits. The messages are told in docs/signalling.md.

import { plainName } from "./names.js";

/** Event "change" whenever something here is different. */
export class Door extends EventTarget {
  /** The participant who may lock the room and let others in; null when the server tells none. */
  host = null;
  locked = false;
  /** Whether this person waits to be let in. */
  isWaiting = false;
  /** Who waits at a door of which this person is the host: waiting id -> name. */
  knocks = new Map();
  #send;

  /** `send(message)` brings a message to the server. */
  constructor(send) {
    super();
    this.#send = send;
  }

  /** Takes a message that concerns the door; others are passed over. */
  message({ type, id, name, host, locked }) {
    if (type === "welcome" || type === "room") {
      this.host = host ?? null;
      this.locked = locked === true;
      if (type === "welcome") {
        this.isWaiting = false;
        this.knocks.clear();
      }
    } else if (type === "waiting") {
      this.isWaiting = true;
    } else if (type === "knock") {
      this.knocks.set(id, plainName(name));
    } else if (type === "knock-ended") {
      this.knocks.delete(id);
    } else {
      return;
    }
    this.dispatchEvent(new Event("change"));
  }

  lock(locked) {
    this.#send({ type: "lock", locked });
  }

  admit(id, admit) {
    this.#send({ type: "admit", id, admit });
    // The server says "knock-ended" too; a second press must not reach it.
    this.knocks.delete(id);
    this.dispatchEvent(new Event("change"));
  }
}
