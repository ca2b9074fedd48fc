// The stage: a tile for every participant and every shared screen, and which of them is large.

import { Tile } from "./tile.js";

/** Keeps the stage in line with the room. */
export class Stage {
  #stage;
  #tiles = new Map();
  #ascii = false;
  #pinned = null;

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
      const lost = room.isLost(participant.id);
      this.#collect(shown, { ...participant, lost }, mine, participant.state);
    }
    const own = [...media.tracks].map(([source, { track }]) => ({ source, track }));
    const self = { id: "own", name: room.name, lost: false };
    this.#collect(shown, self, own.filter(({ source }) => source !== "microphone"), media.state());
    for (const [key, tile] of this.#tiles) {
      if (shown.has(key)) continue;
      tile.remove();
      this.#tiles.delete(key);
      if (this.#pinned === key) this.#pinned = null;
    }
    for (const [key, what] of shown) this.#tile(key, what.own).update(what);
    this.#arrange();
  }

  /** Gives this tile the stage, or takes it back when it has it. */
  pin(key) {
    this.#pinned = this.#pinned === key ? null : key;
    this.#arrange();
  }

  setAscii(on) {
    this.#ascii = on;
    for (const tile of this.#tiles.values()) tile.setAscii(on);
  }

  clear() {
    for (const tile of this.#tiles.values()) tile.remove();
    this.#tiles.clear();
    this.#pinned = null;
  }

  /** The video element of a participant, or of its screen. */
  video(id, screen = false) {
    return this.#tiles.get(screen ? `${id}/screen` : id)?.video;
  }

  #collect(shown, { id, name, lost }, tracks, state) {
    const own = id === "own";
    const face = tracks.filter(({ source }) => source !== "screen");
    const hasCamera = face.some(({ source, track }) => source === "camera" && !track.muted);
    shown.set(id, {
      name,
      own,
      lost,
      screen: false,
      tracks: face.map(({ track }) => track),
      picture: hasCamera && state?.camera !== false,
      muted: state?.microphone === false,
    });
    const screens = tracks.filter(({ source }) => source === "screen").map(({ track }) => track);
    if (screens.length === 0) return;
    const what = { name, own, lost, screen: true, tracks: screens, picture: true, muted: false };
    shown.set(`${id}/screen`, what);
  }

  #tile(key, own) {
    let tile = this.#tiles.get(key);
    if (!tile) {
      tile = new Tile(own, () => this.pin(key));
      tile.setAscii(this.#ascii);
      this.#tiles.set(key, tile);
      this.#stage.append(tile.element);
    }
    return tile;
  }

  #arrange() {
    const spot = this.#spot();
    for (const [key, tile] of this.#tiles) tile.setSpot(key === spot, key === this.#pinned);
    const { clientWidth, clientHeight } = this.#stage;
    this.#stage.classList.toggle("spotlight", spot !== null);
    this.#stage.style.setProperty("--others", Math.max(1, this.#tiles.size - 1));
    const columns = bestColumns(this.#tiles.size, clientWidth, clientHeight);
    this.#stage.style.setProperty("--columns", columns);
  }

  /**
   * The tile that has the stage: the one the person pinned, else the screen that somebody else shared
   * last. One's own screen is in view already.
   */
  #spot() {
    if (this.#tiles.size < 2) return null;
    const screens = [...this.#tiles.keys()].filter((key) => /^(?!own\/).*\/screen$/.test(key));
    return this.#pinned ?? screens.at(-1) ?? null;
  }
}

/** As many columns as make the tiles largest, for pictures of 16 by 9. */
function bestColumns(count, stageWidth, stageHeight) {
  let best = { columns: 1, area: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const width = stageWidth / columns;
    const height = Math.min(stageHeight / Math.ceil(count / columns), (width * 9) / 16);
    const area = height * Math.min(width, (height * 16) / 9);
    if (area > best.area) best = { columns, area };
  }
  return best.columns;
}
