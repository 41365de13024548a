// Draws the two maps, the divider, the marked pixel and the scale bar.
import { roundDown } from "./display.js";

const GAP = 4;

export class Stage {
  panes = [{ x: 0, y: 0 }];

  constructor(view) {
    this.view = view;
    this.element = document.getElementById("stage");
    this.canvas = document.getElementById("canvas");
    this.context = this.canvas.getContext("2d");
    this.dividerElement = document.getElementById("divider");
    this.scaleBar = document.getElementById("scale-bar");
  }

  resize(mode) {
    const { clientWidth, clientHeight } = this.canvas;
    this.ratio = window.devicePixelRatio || 1;
    this.size = { width: clientWidth, height: clientHeight };
    this.canvas.width = Math.max(1, Math.round(clientWidth * this.ratio));
    this.canvas.height = Math.max(1, Math.round(clientHeight * this.ratio));
    this.arrange(mode);
  }

  /** Give the view one pane, or two of equal size: in a column where the stage is upright. */
  arrange(mode) {
    const { width, height } = this.size;
    const arrangement = mode !== "beside" ? "one" : height > width ? "column" : "row";
    this.element.dataset.panes = arrangement;
    const paneWidth = arrangement === "row" ? (width - GAP) / 2 : width;
    const paneHeight = arrangement === "column" ? (height - GAP) / 2 : height;
    const second = { row: { x: paneWidth + GAP, y: 0 }, column: { x: 0, y: paneHeight + GAP } };
    this.panes = [{ x: 0, y: 0 }, second[arrangement] ?? { x: 0, y: 0 }];
    this.view.resize(paneWidth, paneHeight);
  }

  /** From a point of the stage to one of the pane that it lies in. */
  toPane({ x, y }) {
    const second = this.panes[1];
    const isInSecond = second.x + second.y > 0 && x >= second.x && y >= second.y;
    return isInSecond ? { x: x - second.x, y: y - second.y } : { x, y };
  }

  draw(shown) {
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.context.clearRect(0, 0, this.size.width, this.size.height);
    for (const pane of this.parts(shown)) this.drawPart(pane, shown.cursor);
    this.dividerElement.hidden = shown.mode !== "slider";
    this.dividerElement.style.insetInlineStart = `${shown.divider * this.size.width}px`;
    this.dividerElement.setAttribute("aria-valuenow", Math.round(100 * shown.divider));
  }

  /** What is drawn where: a bitmap, the pane it belongs to, and from where to where across it. */
  parts({ first, second, mode, divider, shown }) {
    const { width } = this.view.stage;
    const [left, right] = this.panes;
    const edge = divider * width;
    if (mode === "beside") {
      return [
        { bitmap: first, pane: left, from: 0, to: width },
        { bitmap: second, pane: right, from: 0, to: width },
      ];
    }
    if (mode === "slider") {
      return [
        { bitmap: first, pane: left, from: 0, to: edge },
        { bitmap: second, pane: left, from: edge, to: width },
      ];
    }
    return [{ bitmap: shown === "first" ? first : second, pane: left, from: 0, to: width }];
  }

  drawPart({ bitmap, pane, from, to }, cursor) {
    this.context.save();
    this.context.translate(pane.x, pane.y);
    this.context.beginPath();
    this.context.rect(from, 0, to - from, this.view.stage.height);
    this.context.clip();
    // Pixels stay squares when enlarged; only a reduced image is averaged.
    this.context.imageSmoothingEnabled = this.view.scale * this.ratio < 1;
    this.context.imageSmoothingQuality = "high";
    this.drawVisible(bitmap);
    if (cursor) this.drawCursor(cursor);
    this.context.restore();
  }

  drawVisible(bitmap) {
    const { view } = this;
    const start = view.toImage(0, 0);
    const end = view.toImage(view.stage.width, view.stage.height);
    const x = Math.max(0, Math.floor(start.x));
    const y = Math.max(0, Math.floor(start.y));
    const width = Math.min(bitmap.width, Math.ceil(end.x)) - x;
    const height = Math.min(bitmap.height, Math.ceil(end.y)) - y;
    if (width <= 0 || height <= 0) return;
    const corner = view.toStage(x, y);
    const [shownWidth, shownHeight] = [width * view.scale, height * view.scale];
    this.context.drawImage(
      bitmap, x, y, width, height, corner.x, corner.y, shownWidth, shownHeight,
    );
  }

  drawCursor({ x, y }) {
    const corner = this.view.toStage(x, y);
    const size = Math.max(this.view.scale, 7);
    const shift = (size - this.view.scale) / 2;
    const outline = (grow, colour) => {
      this.context.strokeStyle = colour;
      this.context.lineWidth = 1;
      this.context.strokeRect(
        corner.x - shift - grow, corner.y - shift - grow, size + 2 * grow, size + 2 * grow,
      );
    };
    outline(0.5, "#fff");
    outline(1.5, "#000");
  }

  drawScaleBar(pixelSizeNm) {
    const widest = Math.min(160, this.view.stage.width / 4);
    const length = roundDown((widest / this.view.scale) * pixelSizeNm);
    this.scaleBar.style.inlineSize = `${(length / pixelSizeNm) * this.view.scale}px`;
    this.scaleBar.textContent = `${Number(length.toPrecision(3))} nm`;
    this.scaleBar.setAttribute("aria-label", `Scale bar, ${this.scaleBar.textContent}`);
  }
}
