/** Arrays as text: base64 of little-endian numbers, in Node and in browsers. */

export function float32(base64) {
  return new Float32Array(bytesOf(base64).buffer);
}

export function int32(base64) {
  return new Int32Array(bytesOf(base64).buffer);
}

export function base64Of({ buffer, byteOffset, byteLength }) {
  let characters = "";
  for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) characters += String.fromCharCode(byte);
  return btoa(characters);
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
