@group(0) @binding(0) var<storage, read_write> buffer0: array<u32>;
@group(0) @binding(1) var<storage, read_write> buffer1: array<u32>;
@group(0) @binding(2) var<storage, read_write> buffer2: array<u32>;
@group(0) @binding(3) var<storage, read_write> buffer3: array<u32>;
@group(0) @binding(4) var<uniform> places: array<vec4<u32>, 1>;
fn reduceExponent(x: f32) -> vec2<f32> {
  let n = round(x * 1.4426950216293335f);
  let r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  return vec2<f32>(n, r + r * r * (0.49999997f + r * (0.16666543f + r * (0.0416672f + r * (0.0083665205f + r * (0.0013882535f))))));
}
fn powerOfTwo(n: i32) -> f32 { return bitcast<f32>(u32(n + 127) << 23u); }
fn isNaN(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
fn infinity() -> f32 { var word = 0x7f800000u; return bitcast<f32>(word); }
fn exponentialMinusOne(x: f32) -> f32 {
  let reduced = reduceExponent(clamp(x, -40f, 89f));
  let power = powerOfTwo(i32(reduced.x) - 1);
  let half = power * reduced.y + (power - 0.5f);
  let y = select(half + half, infinity(), x > 88.722835f);
  return select(y, x, isNaN(x) | (abs(x) < 8.673617379884035e-19f));
}
fn copySign(size: f32, sign: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(size) & 0x7fffffffu) | (bitcast<u32>(sign) & 0x80000000u));
}
fn hyperbolicTangent(x: f32) -> f32 {
  let t = exponentialMinusOne(-2f * abs(x));
  return select(copySign(-t / (2f + t), x), x, isNaN(x));
}
fn step0(lane: u32, group: u32, groups: u32, base0: u32, base1: u32, base2: u32, base3: u32) {
  for (var block = group * 64u + lane; block < 1u; block += groups * 64u) {
    let column = (block & 0u) * 4u;
    let line = (block >> 0u);
    let row = (line & 0u) * 3u;
    let batch = (line >> 0u);
    let place0 = 0u;
    let place1 = 0u;
    let place2 = 0u;
    let row0 = place0 + min(row + 0u, 2u) * 5u;
    let row1 = place0 + min(row + 1u, 2u) * 5u;
    let row2 = place0 + min(row + 2u, 2u) * 5u;
    let column0 = place1 + min(column + 0u, 1u) * 1u;
    let column1 = place1 + min(column + 1u, 1u) * 1u;
    let column2 = place1 + min(column + 2u, 1u) * 1u;
    let column3 = place1 + min(column + 3u, 1u) * 1u;
    var total0 = vec4<f32>();
    var total1 = vec4<f32>();
    var total2 = vec4<f32>();
    for (var start = 0u; start < 5u; start += 64u) {
      var partial0 = vec4<f32>();
      var partial1 = vec4<f32>();
      var partial2 = vec4<f32>();
      for (var k = start; k < min(start + 64u, 5u); k += 1u) {
        let at = k * 2u;
        let b = vec4<f32>(bitcast<f32>(buffer1[base1 + (column0 + at)]),bitcast<f32>(buffer1[base1 + (column1 + at)]),bitcast<f32>(buffer1[base1 + (column2 + at)]),bitcast<f32>(buffer1[base1 + (column3 + at)]));
        partial0 += bitcast<f32>(buffer0[base0 + (row0 + k * 1u)]) * b;
        partial1 += bitcast<f32>(buffer0[base0 + (row1 + k * 1u)]) * b;
        partial2 += bitcast<f32>(buffer0[base0 + (row2 + k * 1u)]) * b;
      }
      total0 += vec4<f32>(partial0);
      total1 += vec4<f32>(partial1);
      total2 += vec4<f32>(partial2);
    }
    if ((row + 0u < 3u) & (column + 0u < 2u)) {
    {
      let i = (batch * 3u + (row + 0u)) * 2u + (column + 0u);
      let at1 = (i & 1u);
      let atRest1 = (i >> 1u);
      let x0 = total0.x;
      let x1 = bitcast<f32>(buffer2[base2 + ((at1))]);
      let n0: f32 = (x0 + x1);
      let n1: f32 = hyperbolicTangent(n0);
      buffer3[base3 + ((atRest1 * 2u + at1))] = bitcast<u32>(n1);
    }
    }
    if ((row + 0u < 3u) & (column + 1u < 2u)) {
    {
      let i = (batch * 3u + (row + 0u)) * 2u + (column + 1u);
      let at1 = (i & 1u);
      let atRest1 = (i >> 1u);
      let x0 = total0.y;
      let x1 = bitcast<f32>(buffer2[base2 + ((at1))]);
      let n0: f32 = (x0 + x1);
      let n1: f32 = hyperbolicTangent(n0);
      buffer3[base3 + ((atRest1 * 2u + at1))] = bitcast<u32>(n1);
    }
    }
    if ((row + 0u < 3u) & (column + 2u < 2u)) {
    {
      let i = (batch * 3u + (row + 0u)) * 2u + (column + 2u);
      let at1 = (i & 1u);
      let atRest1 = (i >> 1u);
      let x0 = total0.z;
      let x1 = bitcast<f32>(buffer2[base2 + ((at1))]);
      let n0: f32 = (x0 + x1);
      let n1: f32 = hyperbolicTangent(n0);
      buffer3[base3 + ((atRest1 * 2u + at1))] = bitcast<u32>(n1);
    }
    }
    if ((row + 0u < 3u) & (column + 3u < 2u)) {
    {
      let i = (batch * 3u + (row + 0u)) * 2u + (column + 3u);
      let at1 = (i & 1u);
      let atRest1 = (i >> 1u);
      let x0 = total0.w;
      let x1 = bitcast<f32>(buffer2[base2 + ((at1))]);
      let n0: f32 = (x0 + x1);
      let n1: f32 = hyperbolicTangent(n0);
      buffer3[base3 + ((atRest1 * 2u + at1))] = bitcast<u32>(n1);
    }
    }
    if ((row + 1u < 3u) & (column + 0u < 2u)) {
    {
      let i = (batch * 3u + (row + 1u)) * 2u + (column + 0u);
      let at1 = (i & 1u);
      let atRest1 = (i >> 1u);
      let x0 = total1.x;
      let x1 = bitcast<f32>(buffer2[base2 + ((at1))]);
      let n0: f32 = (x0 + x1);
      let n1: f32 = hyperbolicTangent(n0);
      buffer3[base3 + ((atRest1 * 2u + at1))] = bitcast<u32>(n1);
    }
    }
    if ((row + 1u < 3u) & (column + 1u < 2u)) {
    {
      let i = (batch * 3u + (row + 1u)) * 2u + (column + 1u);
      let at1 = (i & 1u);
      let atRest1 = (i >> 1u);
      let x0 = total1.y;
      let x1 = bitcast<f32>(buffer2[base2 + ((at1))]);
      let n0: f32 = (x0 + x1);
      let n1: f32 = hyperbolicTangent(n0);
      buffer3[base3 + ((atRest1 * 2u + at1))] = bitcast<u32>(n1);
    }
    }
    if ((row + 1u < 3u) & (column + 2u < 2u)) {
    {
      let i = (batch * 3u + (row + 1u)) * 2u + (column + 2u);
      let at1 = (i & 1u);
      let atRest1 = (i >> 1u);
      let x0 = total1.z;
      let x1 = bitcast<f32>(buffer2[base2 + ((at1))]);
      let n0: f32 = (x0 + x1);
      let n1: f32 = hyperbolicTangent(n0);
      buffer3[base3 + ((atRest1 * 2u + at1))] = bitcast<u32>(n1);
    }
    }
    if ((row + 1u < 3u) & (column + 3u < 2u)) {
    {
      let i = (batch * 3u + (row + 1u)) * 2u + (column + 3u);
      let at1 = (i & 1u);
      let atRest1 = (i >> 1u);
      let x0 = total1.w;
      let x1 = bitcast<f32>(buffer2[base2 + ((at1))]);
      let n0: f32 = (x0 + x1);
      let n1: f32 = hyperbolicTangent(n0);
      buffer3[base3 + ((atRest1 * 2u + at1))] = bitcast<u32>(n1);
    }
    }
    if ((row + 2u < 3u) & (column + 0u < 2u)) {
    {
      let i = (batch * 3u + (row + 2u)) * 2u + (column + 0u);
      let at1 = (i & 1u);
      let atRest1 = (i >> 1u);
      let x0 = total2.x;
      let x1 = bitcast<f32>(buffer2[base2 + ((at1))]);
      let n0: f32 = (x0 + x1);
      let n1: f32 = hyperbolicTangent(n0);
      buffer3[base3 + ((atRest1 * 2u + at1))] = bitcast<u32>(n1);
    }
    }
    if ((row + 2u < 3u) & (column + 1u < 2u)) {
    {
      let i = (batch * 3u + (row + 2u)) * 2u + (column + 1u);
      let at1 = (i & 1u);
      let atRest1 = (i >> 1u);
      let x0 = total2.y;
      let x1 = bitcast<f32>(buffer2[base2 + ((at1))]);
      let n0: f32 = (x0 + x1);
      let n1: f32 = hyperbolicTangent(n0);
      buffer3[base3 + ((atRest1 * 2u + at1))] = bitcast<u32>(n1);
    }
    }
    if ((row + 2u < 3u) & (column + 2u < 2u)) {
    {
      let i = (batch * 3u + (row + 2u)) * 2u + (column + 2u);
      let at1 = (i & 1u);
      let atRest1 = (i >> 1u);
      let x0 = total2.z;
      let x1 = bitcast<f32>(buffer2[base2 + ((at1))]);
      let n0: f32 = (x0 + x1);
      let n1: f32 = hyperbolicTangent(n0);
      buffer3[base3 + ((atRest1 * 2u + at1))] = bitcast<u32>(n1);
    }
    }
    if ((row + 2u < 3u) & (column + 3u < 2u)) {
    {
      let i = (batch * 3u + (row + 2u)) * 2u + (column + 3u);
      let at1 = (i & 1u);
      let atRest1 = (i >> 1u);
      let x0 = total2.w;
      let x1 = bitcast<f32>(buffer2[base2 + ((at1))]);
      let n0: f32 = (x0 + x1);
      let n1: f32 = hyperbolicTangent(n0);
      buffer3[base3 + ((atRest1 * 2u + at1))] = bitcast<u32>(n1);
    }
    }
  }
}
@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
) {
  step0(lane, place.x, extent.x, places[0].x, places[0].y, places[0].z, places[0].w);
}
