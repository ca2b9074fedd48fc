// The list of file transfers and the form to send one.

import { plainText } from "./names.js";
import { $, button, make, toast } from "./ui.js";
import { bytes } from "./words.js";

const WORDS = {
  preparing: "Reading the file",
  waiting: "Waiting for a connection",
  offered: "Waiting for an answer",
  asking: "Offered to you",
  sending: "Sending",
  receiving: "Receiving",
  done: "Complete, digest verified",
  declined: "Declined",
  cancelled: "Stopped",
  failed: "Failed",
};

const REASONS = {
  "too-large": "too large for the other side",
  busy: "too many transfers at once",
  "no-receiver": "the other side cannot be reached",
  "bad-offer": "the other side did not understand it",
  "peer-left": "the other side left",
  protocol: "the bytes did not fit together",
  digest: "the digest is wrong; send it again",
  io: "the file could not be read",
};

export class FilesView {
  #form = $("#send-file");
  #room;

  constructor(room) {
    this.#room = room;
    room.files.addEventListener("transfer", ({ detail }) => this.#add(detail));
    this.#form.elements.files.onchange = () => {
      this.send(this.#form.elements.files.files);
      this.#form.elements.files.value = "";
    };
    const drop = $(".drop", this.#form);
    const over = (on) => (event) => {
      event.preventDefault();
      drop.classList.toggle("over", on);
    };
    drop.ondragover = over(true);
    drop.ondragleave = over(false);
    drop.ondrop = (event) => {
      over(false)(event);
      this.send(event.dataTransfer.files);
    };
  }

  send(files) {
    const to = this.#form.elements.to.value;
    if (!to) {
      return toast({ what: "There is nobody to send it to.", todo: "Share the link first." });
    }
    for (const file of files) this.#room.sendFile(file, file.name, to);
    return undefined;
  }

  /** The participants changed. */
  update() {
    const select = this.#form.elements.to;
    const before = select.value;
    const people = [...this.#room.participants.values()];
    select.replaceChildren(...people.map(({ id, name }) => new Option(name, id)));
    if (this.#room.participants.has(before)) select.value = before;
    if (people.length === 0) select.append(new Option("nobody is here yet", ""));
  }

  #add({ transfer, sender, receiver }) {
    const how = make("div", { className: "how" });
    const bar = make("progress", { max: Math.max(1, transfer.size), value: 0 });
    const acts = make("div", { className: "acts" });
    const arrow = transfer.direction === "out" ? "to" : "from";
    const title = make("div", { className: "title" }, make("bdi", { text: plainText(transfer.name) }));
    const peer = make("div", { className: "how" }, `${arrow} `, make("bdi", { text: transfer.peer }));
    const item = make("li", {}, title, peer, bar, how, acts);
    let shown = null;
    const update = () => {
      bar.value = transfer.done;
      how.textContent = describe(transfer);
      if (shown === transfer.status) return;
      shown = transfer.status;
      acts.replaceChildren(...this.#acts(transfer, sender ?? receiver));
    };
    transfer.addEventListener("change", update);
    update();
    $("#transfers").prepend(item);
    this.#room.files.addEventListener("received", ({ detail }) => {
      if (detail.ok && receiver && detail.sha256 === transfer.sha256 && transfer.status === "done") {
        acts.replaceChildren(saveLink(detail));
      }
    });
  }

  #acts(transfer, party) {
    if (transfer.status === "asking") {
      return [
        button("Accept", () => party.accept(), "primary"),
        button("Decline", () => party.reject()),
      ];
    }
    return transfer.isOver ? [] : [button("Stop", () => party.cancel())];
  }
}

function describe(transfer) {
  const { status, done, size, rate, reason, resumedFrom } = transfer;
  const parts = [WORDS[status]];
  if (reason) parts.push(REASONS[reason] ?? reason);
  if (["sending", "receiving", "preparing"].includes(status)) {
    parts.push(`${bytes(done)} of ${bytes(size)}`);
    if (rate > 0) parts.push(`${bytes(Math.round(rate))}/s`);
    if (resumedFrom > 0) parts.push(`resumed at ${bytes(resumedFrom)}`);
  } else {
    parts.push(bytes(size));
  }
  return parts.join(" · ");
}

function saveLink({ blob, name }) {
  const link = make("a", { className: "button", text: "Save", download: name });
  link.href = URL.createObjectURL(blob);
  return link;
}
