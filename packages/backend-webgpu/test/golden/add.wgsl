@group(0) @binding(0) var<storage, read> buffer0: array<u32>;
@group(0) @binding(1) var<storage, read> buffer1: array<u32>;
@group(0) @binding(2) var<storage, read_write> buffer2: array<u32>;
@group(0) @binding(3) var<uniform> places: array<vec4<u32>, 1>;
fn step0(lane: u32, group: u32, groups: u32, base0: u32, base1: u32, base2: u32) {
  let size0 = places[0].w;
  for (var i = group * 64u + lane; i < size0; i += groups * 64u) {
    let x0 = bitcast<f32>(buffer0[base0 + (i)]);
    let x1 = bitcast<f32>(buffer1[base1 + (i)]);
    let n0: f32 = (x0 + x1);
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
