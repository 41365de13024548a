// Draws the two maps, the divider, the marked pixel and the scale bar.
import { roundDown } from "./display.js";

export class Stage {
  constructor(view) {
    this.view = view;
    this.canvas = document.getElementById("canvas");
    this.context = this.canvas.getContext("2d");
    this.dividerElement = document.getElementById("divider");
    this.scaleBar = document.getElementById("scale-bar");
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    this.ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(clientWidth * this.ratio));
    this.canvas.height = Math.max(1, Math.round(clientHeight * this.ratio));
    this.view.resize(clientWidth, clientHeight);
  }

  /** Show `first` left of the divider and `second` right of it, or one of them alone. */
  draw({ first, second, mode, divider, shown, cursor }) {
    const { width, height } = this.view.stage;
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.context.clearRect(0, 0, width, height);
    const edge = divider * width;
    if (mode === "slider") {
      this.drawClipped(first, 0, edge);
      this.drawClipped(second, edge, width - edge);
    } else {
      this.drawClipped(shown === "first" ? first : second, 0, width);
    }
    if (cursor) this.drawCursor(cursor);
    this.dividerElement.hidden = mode !== "slider";
    this.dividerElement.style.insetInlineStart = `${edge}px`;
    this.dividerElement.setAttribute("aria-valuenow", Math.round(100 * divider));
  }

  drawClipped(bitmap, left, width) {
    this.context.save();
    this.context.beginPath();
    this.context.rect(left, 0, width, this.view.stage.height);
    this.context.clip();
    // Pixels stay squares when enlarged; only a reduced image is averaged.
    this.context.imageSmoothingEnabled = this.view.scale * this.ratio < 1;
    this.context.imageSmoothingQuality = "high";
    this.drawVisible(bitmap);
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
