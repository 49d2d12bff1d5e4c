@group(0) @binding(0) var<storage, read> x0: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> parameters: array<vec4<u32>, 2>;
var<workgroup> partials: array<vec2<f32>, 128>;
fn addExactly(sum: vec2<f32>, x: f32) -> vec2<f32> {
  let total = sum.x + x;
  let added = total - sum.x;
  return vec2<f32>(total, sum.y + ((sum.x - (total - added)) + (x - added)));
}
fn joinSums(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> { return addExactly(vec2<f32>(a.x, a.y + b.y), b.x); }
fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
fn roundSum(sum: vec2<f32>) -> f32 { return select(sum.x, sum.x + sum.y, isFinite(sum.x) & (sum.y != 0f)); }
@compute @workgroup_size(128)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
) {
  let group = place.x;
  let groups = extent.x;
  let results = parameters[0].x;
  let length = parameters[0].y;
  let keptLength0 = parameters[0].z;
  let baseStride0 = parameters[0].w;
  let reducedLength0 = parameters[1].x;
  let stepStride0 = parameters[1].y;
  let chunks = parameters[1].z;
  let chunk = parameters[1].w;
  for (var part = group; part < results * chunks; part += groups) {
    let result = part / chunks;
    let base = result * baseStride0;
    let begin = part % chunks * chunk;
    let end = min(begin + chunk, length);
    var partial = vec2<f32>(0f, 0f);
    for (var k = begin + lane; k < end; k += 128u) {
      let step = k * stepStride0;
      partial = addExactly(partial, x0[base + step]);
    }
    partials[lane] = partial;
    workgroupBarrier();
    for (var width = 64u; width > 0u; width = width >> 1u) {
      if (lane < width) { partials[lane] = joinSums(partials[lane], partials[lane + width]); }
      workgroupBarrier();
    }
    if (lane == 0u) { y[part] = roundSum(partials[0]); }
    workgroupBarrier();
  }
}
