// Undo what zeroshot_em.viewer.encode did: base 64, deflate, byte planes, prediction.

async function inflate(text) {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function joinBytes(bytes, nBytes) {
  const n = bytes.length / nBytes;
  const joined = new Int32Array(n);
  for (let plane = 0; plane < nBytes; plane++) {
    for (let i = 0; i < n; i++) joined[i] |= bytes[plane * n + i] << (8 * plane);
  }
  return joined;
}

function clip(value, low, high) {
  return value < low ? low : value > high ? high : value;
}

/** Turn residuals into levels, in place; each is predicted from its left, upper and corner. */
function addPredictions(levels, width) {
  for (let i = 0; i < levels.length; i++) {
    const unsigned = levels[i];
    const residual = (unsigned >>> 1) ^ -(unsigned & 1);
    const left = i % width ? levels[i - 1] : 0;
    const above = i >= width ? levels[i - width] : 0;
    let predicted = i % width ? left : above;
    if (i >= width && i % width) {
      const corner = levels[i - width - 1];
      predicted = clip(left + above - corner, Math.min(left, above), Math.max(left, above));
    }
    levels[i] = residual + predicted;
  }
  return levels;
}

/** Every channel of a map as whole multiples of its step, row by row. */
export async function decodeMap(imageIndex, mapIndex, map, width) {
  return Promise.all(
    map.nBytes.map(async (nBytes, channel) => {
      const element = document.getElementById(`pixels-${imageIndex}-${mapIndex}-${channel}`);
      return addPredictions(joinBytes(await inflate(element.textContent), nBytes), width);
    }),
  );
}
