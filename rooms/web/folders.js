// Files with the folders they are in: out of what a person chose or dropped, and into a folder of theirs.

import { safeName } from "./transfer.js";

/** Folders below each other, of ours and of strangers. */
const DEPTH_MAX = 16;

/** Files in one go: what a person who chose the wrong folder does not wait for. */
const FILES_MAX = 10_000;

/** The longest path of a folder, in bytes of UTF-8. */
const FOLDER_BYTES_MAX = 1_024;

/** Names tried for a file when others of its name are there. */
const NAMES_MAX = 1_000;

/** Why a choice of files cannot be sent, in words for a toast. */
export class FolderFault extends Error {}

/** What was chosen in a field: [{ blob, name, folder }]. */
export function chosen(files) {
  return checked([...files].map((blob) => item(blob, blob.webkitRelativePath ?? "")));
}

/** What was dropped: the same, with all that is in folders. Must be called while the event is handled. */
export async function dropped({ items, files }) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  // What is no file of a disk, such as a picture of another page, has no entry.
  if (entries.length === 0) return chosen(files);
  const found = [];
  for (const entry of entries) await walk(entry, 0, found);
  return checked(found);
}

async function walk(entry, depth, found) {
  if (found.length > FILES_MAX || depth > DEPTH_MAX) return tooMany(depth > DEPTH_MAX);
  if (entry.isFile) {
    const blob = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push(item(blob, depth === 0 ? "" : entry.fullPath.replace(/^\//, "")));
    return undefined;
  }
  const reader = entry.createReader();
  for (;;) {
    // A reader gives some at a time, and none at the end.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return undefined;
    for (const child of some) await walk(child, depth + 1, found);
  }
}

function item(blob, path) {
  const folder = path.split("/").slice(0, -1).join("/");
  return { blob, name: blob.name, folder };
}

function checked(items) {
  if (items.length > FILES_MAX) tooMany(false);
  const long = (folder) => new TextEncoder().encode(folder).length > FOLDER_BYTES_MAX;
  const bad = items.find(({ folder }) => long(folder) || folder.split("/").length > DEPTH_MAX);
  if (bad) tooMany(true);
  // One order everywhere, whatever the browser read first.
  const path = ({ name, folder }) => `${folder}/${name}`;
  return items.sort((a, b) => (path(a) < path(b) ? -1 : 1));
}

function tooMany(deep) {
  throw new FolderFault(
    deep ? "Its folders are too deep or their names too long." : `These are more than ${FILES_MAX} files.`,
  );
}

/** A folder that a stranger proposes, each part of it a safe name; empty for none. */
export function safeFolder(folder) {
  const parts = String(folder ?? "").split(/[/\\]/).filter((part) => /[^.\s]/.test(part));
  return parts.slice(0, DEPTH_MAX).map(safeName).join("/");
}

/** Folder and name in one, as they are shown. */
export function pathOf({ folder, name }) {
  return folder ? `${folder}/${name}` : name;
}

/** One name in which the path can be read: for a browser that saves file by file. */
export function flatName(file) {
  return pathOf(file).replaceAll("/", " - ");
}

/** Whether the browser lets a person choose a folder to save into. */
export function canSaveFolders() {
  return typeof window.showDirectoryPicker === "function";
}

/** Writes files into a folder that the person chose, with the folders they are in. Replaces none. */
export async function saveInto(directory, files) {
  for (const file of files) {
    let place = directory;
    for (const part of file.folder.split("/").filter(Boolean)) {
      place = await place.getDirectoryHandle(part, { create: true });
    }
    const handle = await place.getFileHandle(await freeName(place, file.name), { create: true });
    const stream = await handle.createWritable();
    await stream.write(file.blob);
    await stream.close();
  }
}

async function freeName(place, name) {
  const dot = name.lastIndexOf(".");
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  for (let number = 1; number <= NAMES_MAX; number += 1) {
    const proposed = number === 1 ? name : `${stem} (${number})${extension}`;
    if (!(await isThere(place, proposed))) return proposed;
  }
  throw new FolderFault(`There are ${NAMES_MAX} files of the name ${name}.`);
}

async function isThere(place, name) {
  try {
    await place.getFileHandle(name);
    return true;
  } catch (error) {
    // A folder of that name is in the way as well.
    return error.name !== "NotFoundError";
  }
}
