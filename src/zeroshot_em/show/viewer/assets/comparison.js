// Which two maps are compared, their values and their bitmaps.
import { decodeMap } from "./decode.js";
import { gammaOf, paint, paintColours, shadesOf, stretchLimits } from "./display.js";

export const SIDES = ["first", "second"];
const AT_REST = { contrast: 0, brightness: 0, brightening: 0, colours: "Grey" };

export class Comparison {
  imageIndex = 0;
  chosen = { first: 0, second: 0 };
  loaded = null; // once unpacked, of each side: its map and its channels
  bitmaps = { first: document.createElement("canvas"), second: document.createElement("canvas") };
  isShared = false;
  decoded = new Map();
  stretches = new Map();

  constructor({ images, colourMaps }) {
    this.images = images;
    this.colourMaps = colourMaps;
  }

  get image() {
    return this.images[this.imageIndex];
  }

  chooseImage(index) {
    this.imageIndex = index;
    this.loaded = null;
    this.chosen = { first: 0, second: Math.min(1, this.image.maps.length - 1) };
  }

  /** Choose maps by their keys; one that the image does not have changes nothing. */
  chooseMaps(keys) {
    for (const side of SIDES) {
      const index = this.image.maps.findIndex(({ key }) => key === keys[side]);
      if (index >= 0) this.chosen[side] = index;
    }
  }

  mapOf = (side) => this.image.maps[this.chosen[side]];

  swap() {
    this.chosen = { first: this.chosen.second, second: this.chosen.first };
  }

  /** Unpack both maps; false if others were chosen in the meantime. */
  async load() {
    const maps = SIDES.map((side) => this.mapOf(side));
    const [first, second] = await Promise.all(maps.map((map) => this.decode(map)));
    if (SIDES.some((side, index) => this.mapOf(side) !== maps[index])) return false;
    this.loaded = { first, second };
    this.paint();
    return true;
  }

  async decode(map) {
    if (!this.decoded.has(map)) {
      const mapIndex = this.image.maps.indexOf(map);
      this.decoded.set(map, decodeMap(this.imageIndex, mapIndex, map, this.image.width));
    }
    return { map, channels: await this.decoded.get(map) };
  }

  stretchOf(map) {
    return this.stretches.get(map) ?? AT_REST;
  }

  changeStretch(side, change) {
    const map = this.mapOf(side);
    this.stretches.set(map, { ...this.stretchOf(map), ...change });
    this.paint();
  }

  resetStretches() {
    SIDES.forEach((side) => this.stretches.delete(this.mapOf(side)));
    this.paint();
  }

  share(isShared) {
    this.isShared = isShared;
    this.paint();
  }

  /** Whether both maps count the same, so that one stretch can serve both. */
  get canShareLimits() {
    return this.mapOf("first").unit === this.mapOf("second").unit;
  }

  borrowsLimits(side) {
    return side === "second" && this.isShared && this.canShareLimits;
  }

  limitsOf(side) {
    const map = this.mapOf(this.borrowsLimits(side) ? "first" : side);
    return stretchLimits(map.black, map.white, this.stretchOf(map));
  }

  shadesOf(side) {
    const stretch = this.stretchOf(this.mapOf(side));
    return shadesOf(this.colourMaps[stretch.colours], gammaOf(stretch));
  }

  paint() {
    if (!this.loaded) return;
    for (const side of SIDES) {
      const { map, channels } = this.loaded[side];
      const bitmap = this.bitmaps[side];
      [bitmap.width, bitmap.height] = [this.image.width, this.image.height];
      if (channels.length === 3) paintColours(bitmap, channels);
      else paint(bitmap, channels[0], map.step, this.limitsOf(side), this.shadesOf(side));
    }
  }
}
