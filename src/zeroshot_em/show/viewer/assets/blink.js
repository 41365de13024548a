// Shows the two maps in turn. Where the reader asks for less motion, only on demand.

const INTERVAL_MS = 800;

export class Blinker {
  constructor(flip) {
    this.flip = flip;
    this.timer = null;
  }

  get isPlaying() {
    return this.timer !== null;
  }

  start() {
    this.stop();
    this.timer = setInterval(this.flip, INTERVAL_MS);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
  }
}

export function prefersLessMotion() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
