@group(0) @binding(0) var<storage, read> x0: array<f32>;
@group(0) @binding(1) var<storage, read> x1: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> parameters: array<vec4<u32>, 1>;
@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
) {
  let group = place.x;
  let groups = extent.x;
  let size = parameters[0].x;
  for (var i = group * 64u + lane; i < size; i += groups * 64u) {
    let a0 = x0[i];
    let a1 = x1[i];
    y[i] = (a0 + a1);
  }
}
