@group(0) @binding(0) var<storage, read> buffer0: array<u32>;
@group(0) @binding(1) var<storage, read_write> buffer1: array<u32>;
@group(0) @binding(2) var<uniform> places: array<vec4<u32>, 2>;
var<workgroup> step0_partials: array<vec2<f32>, 128>;
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
  let size3 = places[1].y;
  let part = lane % 32u;
  for (var block = group; block < size0; block += groups) {
    let i = block * 4u + lane / 32u;
    var partial = vec2<f32>(0f, 0f);
    if (i < size1) {
      for (var k = part; k < size2; k += 32u) {
        partial = addExactly(partial, bitcast<f32>(buffer0[base0 + ((i * size3) + k)]));
      }
    }
    step0_partials[lane] = partial;
    workgroupBarrier();
    if (part < 2u) {
      for (var n = 1u; n < 16u; n++) { partial = mergeSums(partial, step0_partials[lane + n * 2u]); }
      step0_partials[lane] = partial;
    }
    workgroupBarrier();
    if (part < 1u) {
      for (var n = 1u; n < 2u; n++) { partial = mergeSums(partial, step0_partials[lane + n * 1u]); }
    }
    if ((part == 0u) & (i < size1)) { buffer1[base1 + (i)] = bitcast<u32>(roundSum(partial)); }
    workgroupBarrier();
  }
}
@compute @workgroup_size(128)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
) {
  step0(lane, place.x, extent.x, places[0].x, places[0].y);
}
