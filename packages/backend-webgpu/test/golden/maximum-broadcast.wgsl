@group(0) @binding(0) var<storage, read> x0: array<f32>;
@group(0) @binding(1) var<storage, read> x1: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> parameters: array<vec4<u32>, 2>;
fn isNaN(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
fn notANumber() -> f32 { var word = 0x7fc00000u; return bitcast<f32>(word); }
fn rankOf(x: f32) -> i32 {
  let word = bitcast<i32>(x);
  return word ^ ((word >> 31u) & 0x7fffffff);
}
fn largerOf(a: f32, b: f32) -> f32 {
  return select(select(b, a, rankOf(a) > rankOf(b)), notANumber(), isNaN(a) | isNaN(b));
}
@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
) {
  let group = place.x;
  let groups = extent.x;
  let size = parameters[0].x;
  let axisLength0 = parameters[0].y;
  let axisLength1 = parameters[0].z;
  let axisLength2 = parameters[0].w;
  let offset1Stride0 = parameters[1].x;
  let offset1Stride1 = parameters[1].y;
  let offset1Stride2 = parameters[1].z;
  for (var i = group * 64u + lane; i < size; i += groups * 64u) {
    let axisAt2 = i % axisLength2;
    let axisRest2 = i / axisLength2;
    let axisAt1 = axisRest2 % axisLength1;
    let axisAt0 = axisRest2 / axisLength1;
    let offset1 = axisAt0 * offset1Stride0 + axisAt1 * offset1Stride1 + axisAt2 * offset1Stride2;
    let a0 = x0[i];
    let a1 = x1[offset1];
    y[i] = largerOf(a0, a1);
  }
}
