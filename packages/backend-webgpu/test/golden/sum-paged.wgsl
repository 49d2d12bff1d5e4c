@group(0) @binding(0) var<storage, read> buffer0Page0: array<u32>;
@group(0) @binding(1) var<storage, read> buffer0Page1: array<u32>;
@group(0) @binding(2) var<storage, read_write> buffer1Page0: array<u32>;
@group(0) @binding(3) var<storage, read_write> buffer1Page1: array<u32>;
@group(0) @binding(4) var<uniform> places: array<vec4<u32>, 2>;
fn buffer0At(index: u32) -> u32 {
  let place = index % 1024u;
  switch index / 1024u {
    case 0u: { return buffer0Page0[place]; }
    default: { return buffer0Page1[place]; }
  }
}
fn buffer1At(index: u32) -> u32 {
  let place = index % 1024u;
  switch index / 1024u {
    case 0u: { return buffer1Page0[place]; }
    default: { return buffer1Page1[place]; }
  }
}
fn buffer1Set(index: u32, value: u32) {
  let place = index % 1024u;
  switch index / 1024u {
    case 0u: { buffer1Page0[place] = value; }
    default: { buffer1Page1[place] = value; }
  }
}
fn addExactly(sum: vec2<f32>, x: f32) -> vec2<f32> {
  let total = sum.x + x;
  let added = total - sum.x;
  return vec2<f32>(total, sum.y + ((sum.x - (total - added)) + (x - added)));
}
fn mergeSums(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> { return addExactly(vec2<f32>(a.x, a.y + b.y), b.x); }
fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
fn roundSum(sum: vec2<f32>) -> f32 { return select(sum.x, sum.x + sum.y, isFinite(sum.x) & (sum.y != 0f)); }
fn step0(lane: u32, group: u32, groups: u32, base0: u32, base1: u32) {
  let size0 = places[0].z;
  let size1 = places[0].w;
  let size2 = places[1].x;
  for (var i = group * 64u + lane; i < size0; i += groups * 64u) {
    var partial = vec2<f32>(0f, 0f);
    for (var k = 0u; k < size1; k += 1u) {
      partial = addExactly(partial, bitcast<f32>(buffer0At(base0 + ((i * size2) + k))));
    }
    buffer1Set(base1 + (i), bitcast<u32>(roundSum(partial)));
  }
}
@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
) {
  step0(lane, place.x, extent.x, places[0].x, places[0].y);
}
