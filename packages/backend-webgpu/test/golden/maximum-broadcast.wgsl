@group(0) @binding(0) var<storage, read> buffer0: array<u32>;
@group(0) @binding(1) var<storage, read> buffer1: array<u32>;
@group(0) @binding(2) var<storage, read_write> buffer2: array<u32>;
@group(0) @binding(3) var<uniform> places: array<vec4<u32>, 3>;
fn isNaN(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
fn notANumber() -> f32 { var word = 0x7fc00000u; return bitcast<f32>(word); }
fn rankOf(x: f32) -> i32 {
  let word = bitcast<i32>(x);
  return word ^ ((word >> 31u) & 0x7fffffff);
}
fn largerOf(a: f32, b: f32) -> f32 {
  return select(select(b, a, rankOf(a) > rankOf(b)), notANumber(), isNaN(a) | isNaN(b));
}
fn step0(lane: u32, group: u32, groups: u32, base0: u32, base1: u32, base2: u32) {
  let size0 = places[0].w;
  let size1 = places[1].x;
  let size2 = places[1].y;
  let size3 = places[1].z;
  let size4 = places[1].w;
  let size5 = places[2].x;
  let size6 = places[2].y;
  let size7 = places[2].z;
  for (var i = group * 64u + lane; i < size0; i += groups * 64u) {
    let at2 = i % size1;
    let atRest2 = i / size2;
    let at1 = atRest2 % size3;
    let atRest1 = atRest2 / size4;
    let x0 = bitcast<f32>(buffer0[base0 + (i)]);
    let x1 = bitcast<f32>(buffer1[base1 + ((atRest1 * size5 + at1 * size6 + at2 * size7))]);
    let n0: f32 = largerOf(x0, x1);
    buffer2[base2 + (i)] = bitcast<u32>(n0);
  }
}
@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
) {
  step0(lane, place.x, extent.x, places[0].x, places[0].y, places[0].z);
}
