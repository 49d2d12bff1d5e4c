@group(0) @binding(0) var<storage, read_write> buffer0: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> buffer1: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> buffer2: array<vec4<u32>>;
@group(0) @binding(3) var<uniform> places: array<vec4<u32>, 1>;
fn step0(lane: u32, group: u32, groups: u32, base0: u32, base1: u32, base2: u32) {
  for (var block = group * 64u + lane; block < 8u; block += groups * 64u) {
    let column = (block & 7u) * 4u;
    let line = (block >> 3u);
    let row = (line & 0u) * 1u;
    let batch = (line >> 0u);
    let place0 = 0u;
    let place1 = 0u;
    let place2 = 0u;
    var total0 = vec4<f32>();
    for (var start = 0u; start < 64u; start += 64u) {
      var partial0 = vec4<f32>();
      for (var k = start; k < min(start + 64u, 64u); k += 4u) {
        let a0 = bitcast<vec4<f32>>(buffer0[base0 + ((place0 + (row + 0u) * 64u + k) >> 2u)]);
        let b0 = bitcast<vec4<f32>>(buffer1[base1 + ((place1 + (column + 0u) * 32u + k) >> 2u)]);
        let b1 = bitcast<vec4<f32>>(buffer1[base1 + ((place1 + (column + 1u) * 32u + k) >> 2u)]);
        let b2 = bitcast<vec4<f32>>(buffer1[base1 + ((place1 + (column + 2u) * 32u + k) >> 2u)]);
        let b3 = bitcast<vec4<f32>>(buffer1[base1 + ((place1 + (column + 3u) * 32u + k) >> 2u)]);
        let partialRow0 = a0;
        partial0 += vec4<f32>(dot(partialRow0, b0),dot(partialRow0, b1),dot(partialRow0, b2),dot(partialRow0, b3));
      }
      total0 += vec4<f32>(partial0);
    }
    buffer2[base2 + ((place2 + (row + 0u) * 32u + column) >> 2u)] = bitcast<vec4<u32>>(total0);
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
