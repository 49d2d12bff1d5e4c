/** threefry2x32 with 20 rounds: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011). */

const rotations = [13, 15, 26, 6, 17, 29, 16, 24];

/** The rounds written out: rotations and the order of keys are constants. */
function rounds(): string {
  const text: string[] = [];
  for (let group = 0; group < 5; group++) {
    for (let round = 0; round < 4; round++) {
      const turn = rotations[(group % 2) * 4 + round] ?? 0;
      text.push("  a += b;", `  b = ((b << ${turn}u) | (b >> ${32 - turn}u)) ^ a;`);
    }
    const [first, second] = [(group + 1) % 3, (group + 2) % 3];
    text.push(`  a += key${first};`, `  b += key${second} + ${group + 1}u;`);
  }
  return text.join("\n");
}

export const threefry = {
  /** Encrypts the block (x, draw) under two keys; 0x1bd11bda is Skein's parity. */
  threefry: {
    text: `
fn threefry(key0: u32, key1: u32, block: u32, draw: u32) -> vec2<u32> {
  let key2 = key0 ^ key1 ^ 0x1bd11bdau;
  var a = block + key0;
  var b = draw + key1;
${rounds()}
  return vec2<u32>(a, b);
}`,
  },
} as const;
