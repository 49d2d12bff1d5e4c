@group(0) @binding(0) var<storage, read> x0: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: array<vec4<u32>, 2>;
@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
) {
  let group = place.x;
  let groups = extent.x;
  let size = parameters[0].x;
  let start = parameters[0].y;
  let axisLength0 = parameters[0].z;
  let axisLength1 = parameters[0].w;
  let sourceStride0 = parameters[1].x;
  let sourceStride1 = parameters[1].y;
  for (var i = group * 64u + lane; i < size; i += groups * 64u) {
    let axisAt1 = i % axisLength1;
    let axisAt0 = i / axisLength1;
    let source = axisAt0 * sourceStride0 + axisAt1 * sourceStride1;
    y[i] = x0[start + source];
  }
}
