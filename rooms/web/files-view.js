// The list of file transfers and the form to send one.

import { FolderFault, canSaveFolders, chosen, dropped, flatName, pathOf, saveInto } from "./folders.js";
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
  /** Where the buttons of a file stand, by its transfer. */
  #places = new Map();

  constructor(room) {
    this.#room = room;
    room.files.addEventListener("transfer", ({ detail }) => this.#add(detail));
    room.files.addEventListener("batch", ({ detail }) => this.#addBatch(detail));
    room.files.addEventListener("received", ({ detail }) => this.#received(detail));
    for (const field of ["files", "folder"]) {
      const input = this.#form.elements[field];
      input.onchange = () => {
        this.send(async () => chosen(input.files)).then(() => {
          input.value = "";
        });
      };
    }
    const drop = $(".drop", this.#form);
    const over = (on) => (event) => {
      event.preventDefault();
      drop.classList.toggle("over", on);
    };
    drop.ondragover = over(true);
    drop.ondragleave = over(false);
    drop.ondrop = (event) => {
      over(false)(event);
      this.send(() => dropped(event.dataTransfer));
    };
  }

  /** Sends what `gather` finds: [{ blob, name, folder }]. */
  async send(gather) {
    const to = this.#form.elements.to.value;
    if (!to) return toast({ what: "There is nobody to send it to.", todo: "Share the link first." });
    try {
      const items = await gather();
      if (items.length === 1 && !items[0].folder) this.#room.sendFile(items[0].blob, items[0].name, to);
      else if (items.length > 0) this.#room.sendFiles(items, to);
      else toast({ what: "There is no file in it.", todo: "Choose another folder." });
    } catch (error) {
      const why = error instanceof FolderFault ? error.message : "Something in it cannot be read.";
      toast({ what: why, todo: "Choose fewer files, or pack them into an archive first." });
    }
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

  #add({ transfer, batch, sender, receiver }) {
    const { item, bar, how, acts } = entry(pathOf(transfer), transfer);
    bar.max = Math.max(1, transfer.size);
    let shown = null;
    const update = () => {
      bar.value = transfer.done;
      how.textContent = describe(transfer);
      if (shown === transfer.status) return;
      shown = transfer.status;
      acts.replaceChildren(...this.#acts(transfer, sender ?? receiver));
      // Of many that were sent the whole is told.
      if (batch && sender && transfer.status === "done") item.remove();
    };
    transfer.addEventListener("change", update);
    update();
    if (receiver) this.#places.set(transfer, acts);
    $("#transfers").prepend(item);
  }

  /** Several files as a whole, above those of them that are under way. */
  #addBatch(batch) {
    const { item, bar, how, acts } = entry("Several files", batch);
    const title = $(".title", item);
    const update = () => {
      title.textContent = `${batch.done.length} of ${batch.total} files`;
      bar.max = Math.max(1, batch.direction === "in" ? batch.total : batch.size);
      bar.value = batch.direction === "in" ? batch.done.length : batch.bytes;
      how.textContent = describeBatch(batch);
      acts.replaceChildren(...this.#batchActs(batch));
    };
    batch.addEventListener("change", update);
    update();
    $("#transfers").prepend(item);
  }

  #batchActs(batch) {
    const asked = batch.active.some(({ status }) => status === "asking") && !batch.isAccepted;
    const save = batch.direction === "in" && batch.isOver && batch.done.length > 0 && canSaveFolders();
    return [
      asked && button("Accept all", () => this.#room.files.acceptAllOf(batch), "primary"),
      save && button("Save all", () => saveAll(batch.done), "primary"),
      !batch.isOver && button("Stop all", () => this.#room.files.stop(batch)),
    ].filter(Boolean);
  }

  #received({ transfer, file }) {
    if (file.ok) this.#places.get(transfer)?.replaceChildren(saveLink(file));
    this.#places.delete(transfer);
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

/** A line of the list, with its places for what changes. */
function entry(name, { direction, peer }) {
  const how = make("div", { className: "how" });
  const bar = make("progress", { value: 0 });
  const acts = make("div", { className: "acts" });
  const arrow = direction === "out" ? "to" : "from";
  const title = make("div", { className: "title" }, make("bdi", { text: plainText(name) }));
  const whom = make("div", { className: "how" }, `${arrow} `, make("bdi", { text: peer }));
  return { item: make("li", {}, title, whom, bar, how, acts), bar, how, acts };
}

function describeBatch(batch) {
  const sent = batch.direction === "out" ? `${bytes(batch.bytes)} of ${bytes(batch.size)}` : bytes(batch.bytes);
  const parts = [sent];
  if (!batch.isOver && batch.rate > 0) parts.push(`${bytes(Math.round(batch.rate))}/s`);
  if (batch.failed > 0) parts.push(`${batch.failed} did not go over`);
  return parts.join(" · ");
}

async function saveAll(files) {
  try {
    const directory = await window.showDirectoryPicker({ mode: "readwrite" });
    await saveInto(directory, files);
    toast({ what: "All files are saved.", todo: `They are in ${directory.name}.` });
  } catch (error) {
    if (error.name === "AbortError") return;
    toast({ what: "The files could not be saved there.", todo: "Choose another folder, or save them one by one." });
  }
}

function describe(transfer) {
  const { status, done, size, rate, reason, resumedFrom } = transfer;
  const parts = [WORDS[status]];
  if (reason) parts.push(REASONS[reason] ?? reason);
  if (["sending", "receiving", "preparing"].includes(status)) {
    parts.push(`${bytes(done)} of ${bytes(size)}`);
    if (rate > 0) parts.push(`${bytes(Math.round(rate))}/s`);
    if (resumedFrom > 0) parts.push(`${bytes(resumedFrom)} were there`);
  } else {
    parts.push(bytes(size));
  }
  return parts.join(" · ");
}

function saveLink(file) {
  const link = make("a", { className: "button", text: "Save", download: flatName(file) });
  link.href = URL.createObjectURL(file.blob);
  return link;
}
