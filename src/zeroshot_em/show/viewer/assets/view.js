// Where the image lies on the stage. Lengths on the stage are CSS pixels.

const MAX_SCALE = 64;
const MARGIN = 12;

export class View {
  stage = { width: 1, height: 1 };
  image = { width: 1, height: 1 };
  scale = 1;
  centre = { x: 0.5, y: 0.5 };
  isFitted = true;

  resize(width, height) {
    this.stage = { width, height };
    this.isFitted ? this.fit() : this.clamp();
  }

  setImage(width, height) {
    this.image = { width, height };
    this.fit();
  }

  get fittingScale() {
    return Math.min(
      Math.max(1, this.stage.width - 2 * MARGIN) / this.image.width,
      Math.max(1, this.stage.height - 2 * MARGIN) / this.image.height,
    );
  }

  fit() {
    this.scale = this.fittingScale;
    this.centre = { x: this.image.width / 2, y: this.image.height / 2 };
    this.isFitted = true;
  }

  /** Bring the image point (x, y) to the middle of the stage at a scale. */
  moveTo(x, y, scale) {
    this.scale = Math.min(MAX_SCALE, Math.max(this.fittingScale / 2, scale));
    this.centre = { x, y };
    this.isFitted = false;
    this.clamp();
  }

  /** Zoom so that the image point under (stageX, stageY) stays where it is. */
  zoomAt(stageX, stageY, factor) {
    const fixed = this.toImage(stageX, stageY);
    this.scale = Math.min(MAX_SCALE, Math.max(this.fittingScale / 2, this.scale * factor));
    this.centre.x = fixed.x - (stageX - this.stage.width / 2) / this.scale;
    this.centre.y = fixed.y - (stageY - this.stage.height / 2) / this.scale;
    this.isFitted = false;
    this.clamp();
  }

  panBy(stageX, stageY) {
    this.centre.x -= stageX / this.scale;
    this.centre.y -= stageY / this.scale;
    this.isFitted = false;
    this.clamp();
  }

  /** Pan as little as brings the pixel (x, y) inside the stage. */
  reveal(x, y) {
    const halfWidth = Math.max(0.5, this.stage.width / 2 / this.scale - 2);
    const halfHeight = Math.max(0.5, this.stage.height / 2 / this.scale - 2);
    this.centre.x = Math.min(x + halfWidth, Math.max(x + 1 - halfWidth, this.centre.x));
    this.centre.y = Math.min(y + halfHeight, Math.max(y + 1 - halfHeight, this.centre.y));
    this.clamp();
  }

  clamp() {
    this.centre.x = Math.min(this.image.width, Math.max(0, this.centre.x));
    this.centre.y = Math.min(this.image.height, Math.max(0, this.centre.y));
  }

  toImage(stageX, stageY) {
    return {
      x: this.centre.x + (stageX - this.stage.width / 2) / this.scale,
      y: this.centre.y + (stageY - this.stage.height / 2) / this.scale,
    };
  }

  toStage(x, y) {
    return {
      x: (x - this.centre.x) * this.scale + this.stage.width / 2,
      y: (y - this.centre.y) * this.scale + this.stage.height / 2,
    };
  }
}
