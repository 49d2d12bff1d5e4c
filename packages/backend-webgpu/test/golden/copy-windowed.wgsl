@group(0) @binding(0) var<storage, read> x0Page0: array<u32>;
@group(0) @binding(1) var<storage, read> x0Page1: array<u32>;
@group(0) @binding(2) var<storage, read_write> yPage0: array<u32>;
@group(0) @binding(3) var<storage, read_write> yPage1: array<u32>;
@group(0) @binding(4) var<uniform> parameters: array<vec4<u32>, 2>;
var<private> missed = false;
fn x0At(index: u32) -> u32 {
  let place = index % 1024u;
  switch index / 1024u - parameters[1].z {
    case 0u: { return x0Page0[place]; }
    case 1u: { return x0Page1[place]; }
    default: { missed = true; return u32(); }
  }
}
fn yAt(index: u32) -> u32 {
  let place = index % 1024u;
  switch index / 1024u - parameters[1].w {
    case 0u: { return yPage0[place]; }
    case 1u: { return yPage1[place]; }
    default: { missed = true; return u32(); }
  }
}
fn ySet(index: u32, value: u32) {
  let isLeftOut = missed;
  missed = false;
  if (isLeftOut) { return; }
  let place = index % 1024u;
  switch index / 1024u - parameters[1].w {
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
  let start = parameters[0].y;
  let axisLength0 = parameters[0].z;
  let axisLength1 = parameters[0].w;
  let sourceStride0 = parameters[1].x;
  let sourceStride1 = parameters[1].y;
  let begin = parameters[1].w * 1024u;
  let end = begin + min(size - begin, 2048u);
  for (var i = begin + group * 64u + lane; i < end; i += groups * 64u) {
    let axisAt1 = i % axisLength1;
    let axisAt0 = i / axisLength1;
    let source = axisAt0 * sourceStride0 + axisAt1 * sourceStride1;
    ySet(i, x0At(start + source));
  }
}
