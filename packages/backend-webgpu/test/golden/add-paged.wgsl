@group(0) @binding(0) var<storage, read> x0Page0: array<f32>;
@group(0) @binding(1) var<storage, read> x0Page1: array<f32>;
@group(0) @binding(2) var<storage, read> x1: array<f32>;
@group(0) @binding(3) var<storage, read_write> yPage0: array<f32>;
@group(0) @binding(4) var<storage, read_write> yPage1: array<f32>;
@group(0) @binding(5) var<uniform> parameters: array<vec4<u32>, 2>;
fn x0At(index: u32) -> f32 {
  let place = index % 1024u;
  switch index / 1024u {
    case 0u: { return x0Page0[place]; }
    default: { return x0Page1[place]; }
  }
}
fn yAt(index: u32) -> f32 {
  let place = index % 1024u;
  switch index / 1024u {
    case 0u: { return yPage0[place]; }
    default: { return yPage1[place]; }
  }
}
fn ySet(index: u32, value: f32) {
  let place = index % 1024u;
  switch index / 1024u {
    case 0u: { yPage0[place] = value; }
    case 1u: { yPage1[place] = value; }
    default: {}
  }
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
  let offset1Stride0 = parameters[0].w;
  let offset1Stride1 = parameters[1].x;
  for (var i = group * 64u + lane; i < size; i += groups * 64u) {
    let axisAt1 = i % axisLength1;
    let axisAt0 = i / axisLength1;
    let offset1 = axisAt0 * offset1Stride0 + axisAt1 * offset1Stride1;
    let a0 = x0At(i);
    let a1 = x1[offset1];
    ySet(i, (a0 + a1));
  }
}
