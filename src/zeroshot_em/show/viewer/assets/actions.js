// What a reader can do, whatever the means: pointer, key or control.
import { prefersLessMotion } from "./blink.js";
import { findMaps, openKeys, tagsOf } from "./panel.js";
import { savePicture } from "./picture.js";
import { speak } from "./readout.js";

const clampIndex = (value, size) => Math.min(size - 1, Math.max(0, value));

/** Actions on the picture: the mark, the zoom and the divider. */
export function pictureActions({ comparison, view, stage, state, page }) {
  const actions = {
    redraw: page.redraw,
    markAt: (point) => {
      const { x, y } = view.toImage(point.x, point.y);
      page.mark(x, y);
    },
    moveMark: (dx, dy) => {
      const { width, height } = comparison.image;
      const { x, y } = state.cursor ?? {
        x: Math.floor(view.centre.x) - dx,
        y: Math.floor(view.centre.y) - dy,
      };
      const texts = page.mark(clampIndex(x + dx, width), clampIndex(y + dy, height));
      view.reveal(state.cursor.x, state.cursor.y);
      speak(`Pixel ${texts.pixel}, ${texts.position}. A ${texts.first}, B ${texts.second}.`);
    },
    zoom: (factor, point) => {
      const marked = state.cursor && view.toStage(state.cursor.x + 0.5, state.cursor.y + 0.5);
      const { x, y } = point ?? marked ?? { x: view.stage.width / 2, y: view.stage.height / 2 };
      view.zoomAt(x, y, factor);
      page.redraw();
    },
    fit: () => {
      view.fit();
      page.redraw();
    },
    actualSize: () => actions.zoom(1 / view.scale),
    setDivider: (fraction) => {
      state.divider = Math.min(1, Math.max(0, fraction));
      page.redraw();
    },
    moveDivider: (change) => actions.setDivider(state.divider + change),
    savePicture: () => {
      const [first, second] = ["first", "second"].map((side) => comparison.mapOf(side).key);
      savePicture(stage, tagsOf(), `${comparison.image.key}_${first}_${second}`);
    },
  };
  return actions;
}

/** Actions on what is compared and how. */
export function comparisonActions({ comparison, blinker, state, page }) {
  return {
    setMode: (mode) => {
      state.mode = mode;
      if (mode === "blink" && !prefersLessMotion()) blinker.start();
      else blinker.stop();
      page.modeChanged();
    },
    flip: () => {
      state.mode = "blink";
      blinker.stop();
      page.showOther();
      speak(`Showing ${comparison.mapOf(state.shown).title}`);
    },
    togglePlaying: () => {
      state.mode = "blink";
      if (blinker.isPlaying) blinker.stop();
      else blinker.start();
      page.modeChanged();
    },
    swap: () => {
      comparison.swap();
      return page.loadMaps();
    },
    chooseMap: (side, index) => {
      comparison.chosen[side] = index;
      return page.loadMaps();
    },
    stretch: (side, change) => {
      comparison.changeStretch(side, change);
      page.stretchChanged();
    },
    shareLimits: (isShared) => {
      comparison.share(isShared);
      page.stretchChanged();
    },
    resetStretch: () => {
      comparison.resetStretches();
      page.stretchChanged();
    },
    findMaps: (words) => findMaps(comparison, words),
    help: openKeys,
  };
}
