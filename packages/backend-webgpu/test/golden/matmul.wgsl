@group(0) @binding(0) var<storage, read> buffer0: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> buffer1: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> buffer2: array<vec4<u32>>;
@group(0) @binding(3) var<uniform> places: array<vec4<u32>, 4>;
var<workgroup> step0_left: array<vec4<f32>, 128>;
var<workgroup> step0_right: array<vec4<f32>, 128>;
fn step0(lane: u32, group: u32, groups: u32, base0: u32, base1: u32, base2: u32) {
  let size0 = places[0].w;
  let size1 = places[1].x;
  let size2 = places[1].y;
  let size3 = places[1].z;
  let size4 = places[1].w;
  let size5 = places[2].x;
  let size6 = places[2].y;
  let size7 = places[2].z;
  let size8 = places[2].w;
  let size9 = places[3].x;
  let size10 = places[3].y;
  let blockRow = (lane >> 3u);
  let blockColumn = (lane & 7u);
  for (var square = group; square < size0; square += groups) {
    let line = square / size1;
    let batch = line / size2;
    let place0 = 0u;
    let place1 = 0u;
    let place2 = 0u;
    let top = line % size3 * 32u;
    let side = square % size4 * 32u;
    var total0 = vec4<f32>();
    var total1 = vec4<f32>();
    var total2 = vec4<f32>();
    var total3 = vec4<f32>();
    for (var start = 0u; start < size5; start += 16u) {
      for (var n = lane; n < 128u; n += 64u) {
        let lineAt = top + (n >> 2u);
        let alongAt = start + (n & 3u) * 4u;
        var four = vec4<f32>();
        if ((lineAt < size6) & (alongAt < size5)) {
          four = bitcast<vec4<f32>>(buffer0[base0 + ((place0 + lineAt * size7 + alongAt) >> 2u)]);
        }
        step0_left[n] = four;
      }
      for (var n = lane; n < 128u; n += 64u) {
        let lineAt = side + (n >> 2u);
        let alongAt = start + (n & 3u) * 4u;
        var four = vec4<f32>();
        if ((lineAt < size8) & (alongAt < size5)) {
          four = bitcast<vec4<f32>>(buffer1[base1 + ((place1 + lineAt * size9 + alongAt) >> 2u)]);
        }
        step0_right[n] = four;
      }
      workgroupBarrier();
      var partial0 = vec4<f32>();
      var partial1 = vec4<f32>();
      var partial2 = vec4<f32>();
      var partial3 = vec4<f32>();
      for (var four = 0u; four < 4u; four++) {
        let a0 = step0_left[(blockRow * 4u + 0u) * 4u + four];
        let a1 = step0_left[(blockRow * 4u + 1u) * 4u + four];
        let a2 = step0_left[(blockRow * 4u + 2u) * 4u + four];
        let a3 = step0_left[(blockRow * 4u + 3u) * 4u + four];
        let b0 = step0_right[(blockColumn * 4u + 0u) * 4u + four];
        let b1 = step0_right[(blockColumn * 4u + 1u) * 4u + four];
        let b2 = step0_right[(blockColumn * 4u + 2u) * 4u + four];
        let b3 = step0_right[(blockColumn * 4u + 3u) * 4u + four];
        let partialRow0 = a0;
        partial0 += vec4<f32>(dot(partialRow0, b0),dot(partialRow0, b1),dot(partialRow0, b2),dot(partialRow0, b3));
        let partialRow1 = a1;
        partial1 += vec4<f32>(dot(partialRow1, b0),dot(partialRow1, b1),dot(partialRow1, b2),dot(partialRow1, b3));
        let partialRow2 = a2;
        partial2 += vec4<f32>(dot(partialRow2, b0),dot(partialRow2, b1),dot(partialRow2, b2),dot(partialRow2, b3));
        let partialRow3 = a3;
        partial3 += vec4<f32>(dot(partialRow3, b0),dot(partialRow3, b1),dot(partialRow3, b2),dot(partialRow3, b3));
      }
      total0 += vec4<f32>(partial0);
      total1 += vec4<f32>(partial1);
      total2 += vec4<f32>(partial2);
      total3 += vec4<f32>(partial3);
      workgroupBarrier();
    }
    let row = top + blockRow * 4u;
    let column = side + blockColumn * 4u;
    if ((row + 0u < size6) & (column < size8)) {
      buffer2[base2 + ((place2 + (row + 0u) * size10 + column) >> 2u)] = bitcast<vec4<u32>>(total0);
    }
    if ((row + 1u < size6) & (column < size8)) {
      buffer2[base2 + ((place2 + (row + 1u) * size10 + column) >> 2u)] = bitcast<vec4<u32>>(total1);
    }
    if ((row + 2u < size6) & (column < size8)) {
      buffer2[base2 + ((place2 + (row + 2u) * size10 + column) >> 2u)] = bitcast<vec4<u32>>(total2);
    }
    if ((row + 3u < size6) & (column < size8)) {
      buffer2[base2 + ((place2 + (row + 3u) * size10 + column) >> 2u)] = bitcast<vec4<u32>>(total3);
    }
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
