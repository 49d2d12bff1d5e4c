@group(0) @binding(0) var<storage, read> x0: array<f32>;
@group(0) @binding(1) var<storage, read> x1: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> parameters: array<vec4<u32>, 3>;
var<workgroup> left: array<vec4<f32>, 256>;
var<workgroup> right: array<vec4<f32>, 256>;
@compute @workgroup_size(256)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
) {
  let group = place.x;
  let groups = extent.x;
  let rows = parameters[0].x;
  let columns = parameters[0].y;
  let inner = parameters[0].z;
  let leftRow = parameters[0].w;
  let leftColumn = parameters[1].x;
  let rightRow = parameters[1].y;
  let rightColumn = parameters[1].z;
  let batches = parameters[1].w;
  let axisLength0 = parameters[2].x;
  let leftBaseStride0 = parameters[2].y;
  let rightBaseStride0 = parameters[2].z;
  let rowTiles = (rows + 63u) / 64u;
  let columnTiles = (columns + 63u) / 64u;
  let depth = lane / 16u;
  for (var tile = group; tile < rowTiles * columnTiles * batches; tile += groups) {
    let tileColumn = tile % columnTiles * 64u;
    let tileRow = tile / columnTiles % rowTiles * 64u;
    let batch = tile / columnTiles / rowTiles;
    let leftBase = batch * leftBaseStride0;
    let rightBase = batch * rightBaseStride0;
    var total0 = vec4<f32>();
    var total1 = vec4<f32>();
    var total2 = vec4<f32>();
    var total3 = vec4<f32>();
    for (var far = 0u; far < inner; far += 4096u) {
      var sum0 = vec4<f32>();
      var sum1 = vec4<f32>();
      var sum2 = vec4<f32>();
      var sum3 = vec4<f32>();
      for (var start = far; start < min(far + 4096u, inner); start += 16u) {
        {
          let first = tileRow + lane % 16u * 4u;
          let at = leftBase + (start + depth) * leftColumn + first * leftRow;
          var four = vec4<f32>();
          if (start + depth < inner) {
            if (first + 0u < rows) { four.x = x0[at + 0u * leftRow]; }
            if (first + 1u < rows) { four.y = x0[at + 1u * leftRow]; }
            if (first + 2u < rows) { four.z = x0[at + 2u * leftRow]; }
            if (first + 3u < rows) { four.w = x0[at + 3u * leftRow]; }
          }
          left[lane] = four;
        }
        {
          let first = tileColumn + lane % 16u * 4u;
          let at = rightBase + (start + depth) * rightRow + first * rightColumn;
          var four = vec4<f32>();
          if (start + depth < inner) {
            if (first + 0u < columns) { four.x = x1[at + 0u * rightColumn]; }
            if (first + 1u < columns) { four.y = x1[at + 1u * rightColumn]; }
            if (first + 2u < columns) { four.z = x1[at + 2u * rightColumn]; }
            if (first + 3u < columns) { four.w = x1[at + 3u * rightColumn]; }
          }
          right[lane] = four;
        }
        workgroupBarrier();
        var partial0 = vec4<f32>();
        var partial1 = vec4<f32>();
        var partial2 = vec4<f32>();
        var partial3 = vec4<f32>();
        for (var k = 0u; k < 16u; k++) {
          let a = left[k * 16u + depth];
          let b = right[k * 16u + lane % 16u];
          partial0 += a.x * b;
          partial1 += a.y * b;
          partial2 += a.z * b;
          partial3 += a.w * b;
        }
        sum0 += partial0;
        sum1 += partial1;
        sum2 += partial2;
        sum3 += partial3;
        workgroupBarrier();
      }
      total0 += sum0;
      total1 += sum1;
      total2 += sum2;
      total3 += sum3;
    }
    let row = tileRow + depth * 4u;
    let column = tileColumn + lane % 16u * 4u;
    let base = batch * rows * columns;
    if (row + 0u < rows) {
      if (column + 0u < columns) { y[base + (row + 0u) * columns + column + 0u] = total0.x; }
      if (column + 1u < columns) { y[base + (row + 0u) * columns + column + 1u] = total0.y; }
      if (column + 2u < columns) { y[base + (row + 0u) * columns + column + 2u] = total0.z; }
      if (column + 3u < columns) { y[base + (row + 0u) * columns + column + 3u] = total0.w; }
    }
    if (row + 1u < rows) {
      if (column + 0u < columns) { y[base + (row + 1u) * columns + column + 0u] = total1.x; }
      if (column + 1u < columns) { y[base + (row + 1u) * columns + column + 1u] = total1.y; }
      if (column + 2u < columns) { y[base + (row + 1u) * columns + column + 2u] = total1.z; }
      if (column + 3u < columns) { y[base + (row + 1u) * columns + column + 3u] = total1.w; }
    }
    if (row + 2u < rows) {
      if (column + 0u < columns) { y[base + (row + 2u) * columns + column + 0u] = total2.x; }
      if (column + 1u < columns) { y[base + (row + 2u) * columns + column + 1u] = total2.y; }
      if (column + 2u < columns) { y[base + (row + 2u) * columns + column + 2u] = total2.z; }
      if (column + 3u < columns) { y[base + (row + 2u) * columns + column + 3u] = total2.w; }
    }
    if (row + 3u < rows) {
      if (column + 0u < columns) { y[base + (row + 3u) * columns + column + 0u] = total3.x; }
      if (column + 1u < columns) { y[base + (row + 3u) * columns + column + 1u] = total3.y; }
      if (column + 2u < columns) { y[base + (row + 3u) * columns + column + 2u] = total3.z; }
      if (column + 3u < columns) { y[base + (row + 3u) * columns + column + 3u] = total3.w; }
    }
  }
}
