@group(0) @binding(0) var<storage, read_write> buffer0: array<u32>;
@group(0) @binding(1) var<uniform> places: array<vec4<u32>, 4>;
fn reduceExponent(x: f32) -> vec2<f32> {
  let n = round(x * 1.4426950216293335f);
  let r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  return vec2<f32>(n, r + r * r * (0.49999997f + r * (0.16666543f + r * (0.0416672f + r * (0.0083665205f + r * (0.0013882535f))))));
}
fn powerOfTwo(n: i32) -> f32 { return bitcast<f32>(u32(n + 127) << 23u); }
fn isNaN(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
fn infinity() -> f32 { var word = 0x7f800000u; return bitcast<f32>(word); }
fn exponential(x: f32) -> f32 {
  let reduced = reduceExponent(clamp(x, -104f, 89f));
  let n = i32(reduced.x);
  let half = n >> 1u;
  let y = (1f + reduced.y) * powerOfTwo(half) * powerOfTwo(n - half);
  return select(select(y, infinity(), x > 88.722835f), x, isNaN(x));
}
fn logistic(x: f32) -> f32 {
  let e = exponential(-abs(x));
  return select(1f, e, x < 0f) / (1f + e);
}
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
fn step0(lane: u32, group: u32, groups: u32, base0: u32, base1: u32, base2: u32) {
  for (var block = group * 128u + lane; block < 4u; block += groups * 128u) {
    let column = (block & 3u) * 4u;
    let line = (block >> 2u);
    let row = (line & 0u) * 1u;
    let batch = (line >> 0u);
    let place0 = 0u;
    let place1 = 0u;
    let place2 = 0u;
    var total0 = vec4<f32>();
    for (var start = 0u; start < 4u; start += 64u) {
      var partial0 = vec4<f32>();
      for (var k = start; k < min(start + 64u, 4u); k += 4u) {
        let a0 = vec4<f32>(bitcast<f32>(buffer0[base0 + (((place0 + (row + 0u) * 4u + k) >> 2u) * 4u + 0u)]), bitcast<f32>(buffer0[base0 + (((place0 + (row + 0u) * 4u + k) >> 2u) * 4u + 1u)]), bitcast<f32>(buffer0[base0 + (((place0 + (row + 0u) * 4u + k) >> 2u) * 4u + 2u)]), bitcast<f32>(buffer0[base0 + (((place0 + (row + 0u) * 4u + k) >> 2u) * 4u + 3u)]));
        let b0 = vec4<f32>(bitcast<f32>(buffer0[base1 + (((place1 + (k + 0u) * 16u + column) >> 2u) * 4u + 0u)]), bitcast<f32>(buffer0[base1 + (((place1 + (k + 0u) * 16u + column) >> 2u) * 4u + 1u)]), bitcast<f32>(buffer0[base1 + (((place1 + (k + 0u) * 16u + column) >> 2u) * 4u + 2u)]), bitcast<f32>(buffer0[base1 + (((place1 + (k + 0u) * 16u + column) >> 2u) * 4u + 3u)]));
        let b1 = vec4<f32>(bitcast<f32>(buffer0[base1 + (((place1 + (k + 1u) * 16u + column) >> 2u) * 4u + 0u)]), bitcast<f32>(buffer0[base1 + (((place1 + (k + 1u) * 16u + column) >> 2u) * 4u + 1u)]), bitcast<f32>(buffer0[base1 + (((place1 + (k + 1u) * 16u + column) >> 2u) * 4u + 2u)]), bitcast<f32>(buffer0[base1 + (((place1 + (k + 1u) * 16u + column) >> 2u) * 4u + 3u)]));
        let b2 = vec4<f32>(bitcast<f32>(buffer0[base1 + (((place1 + (k + 2u) * 16u + column) >> 2u) * 4u + 0u)]), bitcast<f32>(buffer0[base1 + (((place1 + (k + 2u) * 16u + column) >> 2u) * 4u + 1u)]), bitcast<f32>(buffer0[base1 + (((place1 + (k + 2u) * 16u + column) >> 2u) * 4u + 2u)]), bitcast<f32>(buffer0[base1 + (((place1 + (k + 2u) * 16u + column) >> 2u) * 4u + 3u)]));
        let b3 = vec4<f32>(bitcast<f32>(buffer0[base1 + (((place1 + (k + 3u) * 16u + column) >> 2u) * 4u + 0u)]), bitcast<f32>(buffer0[base1 + (((place1 + (k + 3u) * 16u + column) >> 2u) * 4u + 1u)]), bitcast<f32>(buffer0[base1 + (((place1 + (k + 3u) * 16u + column) >> 2u) * 4u + 2u)]), bitcast<f32>(buffer0[base1 + (((place1 + (k + 3u) * 16u + column) >> 2u) * 4u + 3u)]));
        partial0 += a0.x * b0 + a0.y * b1 + a0.z * b2 + a0.w * b3;
      }
      total0 += vec4<f32>(partial0);
    }
    buffer0[base2 + (((place2 + (row + 0u) * 16u + column) >> 2u) * 4u + 0u)] = bitcast<u32>(total0.x);
    buffer0[base2 + (((place2 + (row + 0u) * 16u + column) >> 2u) * 4u + 1u)] = bitcast<u32>(total0.y);
    buffer0[base2 + (((place2 + (row + 0u) * 16u + column) >> 2u) * 4u + 2u)] = bitcast<u32>(total0.z);
    buffer0[base2 + (((place2 + (row + 0u) * 16u + column) >> 2u) * 4u + 3u)] = bitcast<u32>(total0.w);
  }
}
fn step1(lane: u32, group: u32, groups: u32, base0: u32, base1: u32, base2: u32, base3: u32, base4: u32, base5: u32, base6: u32, base7: u32, base8: u32, base9: u32, base10: u32) {
  for (var i = group * 128u + lane; i < 4u; i += groups * 128u) {
    let x0 = bitcast<f32>(buffer0[base0 + ((i))]);
    let x1 = bitcast<f32>(buffer0[base1 + ((i))]);
    let x2 = bitcast<f32>(buffer0[base2 + ((i))]);
    let x3 = bitcast<f32>(buffer0[base3 + ((i))]);
    let x4 = bitcast<f32>(buffer0[base4 + ((i))]);
    let x5 = bitcast<f32>(buffer0[base5 + ((i))]);
    let x6 = bitcast<f32>(buffer0[base6 + ((i))]);
    let x7 = bitcast<f32>(buffer0[base7 + ((i))]);
    let x8 = bitcast<f32>(buffer0[base8 + ((i))]);
    let n0: f32 = (x0 + x1);
    let n1: f32 = logistic(n0);
    let n2: f32 = (x2 + x3);
    let n3: f32 = logistic(n2);
    let n4: f32 = (n3 * x4);
    let n5: f32 = (x5 + x6);
    let n6: f32 = logistic(n5);
    let n7: f32 = (x7 + x8);
    let n8: f32 = hyperbolicTangent(n7);
    let n9: f32 = (n6 * n8);
    let n10: f32 = (n4 + n9);
    let n11: f32 = hyperbolicTangent(n10);
    let n12: f32 = (n1 * n11);
    buffer0[base9 + ((i))] = bitcast<u32>(n10);
    buffer0[base10 + ((i))] = bitcast<u32>(n12);
  }
}
@compute @workgroup_size(128)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
) {
  for (var round = 0u; round < 6u; round++) {
    let t = round;
    step0(lane, 0u, 1u, places[0].x + t * 4u, places[0].y, places[0].z);
    storageBarrier();
    workgroupBarrier();
    step1(lane, 0u, 1u, places[0].w + t * 16u, places[1].x, places[1].y + t * 16u, places[1].z, places[1].w, places[2].x + t * 16u, places[2].y, places[2].z + t * 16u, places[2].w, places[3].x, places[3].y + t * 4u);
    storageBarrier();
    workgroupBarrier();
  }
}
