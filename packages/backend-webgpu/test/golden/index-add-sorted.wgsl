@group(0) @binding(0) var<storage, read> x0: array<f32>;
@group(0) @binding(1) var<storage, read> x1: array<i32>;
@group(0) @binding(2) var<storage, read> x2: array<f32>;
@group(0) @binding(3) var<storage, read> x3: array<i32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> parameters: array<vec4<u32>, 1>;
fn addExactly(sum: vec2<f32>, x: f32) -> vec2<f32> {
  let total = sum.x + x;
  let added = total - sum.x;
  return vec2<f32>(total, sum.y + ((sum.x - (total - added)) + (x - added)));
}
fn joinSums(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> { return addExactly(vec2<f32>(a.x, a.y + b.y), b.x); }
fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
fn roundSum(sum: vec2<f32>) -> f32 { return select(sum.x, sum.x + sum.y, isFinite(sum.x) & (sum.y != 0f)); }
@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
) {
  let group = place.x;
  let groups = extent.x;
  let size = parameters[0].x;
  let rows = parameters[0].y;
  let length = parameters[0].z;
  let inner = parameters[0].w;
  for (var i = group * 64u + lane; i < size; i += groups * 64u) {
      let column = i % inner;
      let row = i32(i / inner % rows);
      let block = i / inner / rows;
      var total = vec2<f32>(x0[i], 0f);
      var low = 0u;
      var high = length;
      while (low < high) {
        let middle = low + (high - low) / 2u;
        let position = u32(x3[middle]);
        if (x1[position] < row) { low = middle + 1u; } else { high = middle; }
      }
      for (var k = low; k < length; k++) {
        let j = u32(x3[k]);
        if (x1[j] != row) { break; }
        total = addExactly(total, x2[(block * length + j) * inner + column]);
      }
      y[i] = roundSum(total);
  }
}
