@group(0) @binding(0) var<storage, read_write> buffer0: array<u32>;
@group(0) @binding(1) var<storage, read_write> buffer1: array<u32>;
@group(0) @binding(2) var<storage, read_write> buffer2: array<u32>;
@group(0) @binding(3) var<storage, read_write> buffer3: array<u32>;
@group(0) @binding(4) var<storage, read_write> buffer4: array<u32>;
@group(0) @binding(5) var<storage, read_write> buffer5: array<u32>;
@group(0) @binding(6) var<storage, read_write> buffer6: array<u32>;
@group(0) @binding(7) var<uniform> places: array<vec4<u32>, 2>;
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
fn step0(lane: u32, group: u32, groups: u32, base0: u32, base1: u32, base2: u32, base3: u32, base4: u32, base5: u32, base6: u32) {
  for (var i = group * 64u + lane; i < 15u; i += groups * 64u) {
    let at1 = i % 5u;
    let atRest1 = i / 5u;
    let x0 = bitcast<f32>(buffer0[base0 + ((atRest1 * 20u + at1))]);
    let x1 = bitcast<f32>(buffer1[base1 + ((atRest1 * 20u + at1))]);
    let x2 = bitcast<f32>(buffer2[base2 + ((atRest1 * 5u + at1))]);
    let x3 = bitcast<f32>(buffer3[base3 + ((atRest1 * 20u + at1))]);
    let x4 = bitcast<f32>(buffer4[base4 + ((atRest1 * 20u + at1))]);
    let n0: f32 = logistic(x0);
    let n1: f32 = logistic(x1);
    let n2: f32 = (n1 * x2);
    let n3: f32 = logistic(x3);
    let n4: f32 = hyperbolicTangent(x4);
    let n5: f32 = (n3 * n4);
    let n6: f32 = (n2 + n5);
    let n7: f32 = hyperbolicTangent(n6);
    let n8: f32 = (n0 * n7);
    buffer5[base5 + ((atRest1 * 5u + at1))] = bitcast<u32>(n6);
    buffer6[base6 + ((atRest1 * 5u + at1))] = bitcast<u32>(n8);
  }
}
@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
) {
  step0(lane, place.x, extent.x, places[0].x, places[0].y, places[0].z, places[0].w, places[1].x, places[1].y, places[1].z);
}
