@group(0) @binding(0) var<storage, read> buffer0: array<u32>;
@group(0) @binding(1) var<storage, read_write> buffer1: array<u32>;
@group(0) @binding(2) var<uniform> places: array<vec4<u32>, 2>;
fn step0(lane: u32, group: u32, groups: u32, base0: u32, base1: u32) {
  let size0 = places[0].z;
  let size1 = places[0].w;
  let size2 = places[1].x;
  let size3 = places[1].y;
  let size4 = places[1].z;
  for (var i = group * 64u + lane; i < size0; i += groups * 64u) {
    let at1 = i % size1;
    let atRest1 = i / size2;
    buffer1[base1 + (i)] = bitcast<u32>(bitcast<f32>(buffer0[base0 + ((atRest1 * size3 + at1 * size4))]));
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
