internal import CKernels

/// Inverts a symmetric positive matrix in its place.
///
/// It sweeps one block of rows and columns after the other: with pivot D and the columns C of the block, what is not of the block loses
/// C D⁻¹ Cᵀ, the columns become C D⁻¹, and the pivot -D⁻¹. When all are swept, the matrix is minus its inverse. Nearly all of the work is
/// products of large matrices; only what is on and above the diagonal is computed.
///
/// - Parameters:
///   - matrix: Row-major.
///   - size: Rows, a multiple of 16.
///   - machine: What to compute with.
/// - Source: Goodnight, "A Tutorial on the SWEEP Operator", 1979.
func invertPositive(_ matrix: AlignedMemory<Float>, size: Int, on machine: Machine) {
    let width = 64
    let columns = AlignedMemory<Float>(count: width * size)
    let solved = AlignedMemory<Float>(count: size * width)
    for first in stride(from: 0, to: size, by: width) {
        let block = first..<min(first + width, size)
        let pivot = invertSmall(block.map { row in block.map { column in Double(at(matrix, min(row, column), max(row, column), size)) } })
        // C, transposed: a row for each column of the block.
        for (k, column) in block.enumerated() {
            for row in 0..<size { columns.start[k * size + row] = at(matrix, min(row, column), max(row, column), size) }
        }
        // C D⁻¹, a row for each row of the matrix.
        machine.forEach(size, chunk: 64) { rows in
            for row in rows {
                for j in 0..<block.count {
                    var sum = 0.0
                    for k in 0..<block.count { sum += Double(columns.start[k * size + row]) * pivot[k][j] }
                    solved.start[row * width + j] = Float(sum)
                }
            }
        }
        machine.forEach(size, chunk: 32) { rows in
            // From the chunk's first column on, in whole blocks.
            let from = rows.lowerBound / Int(ck_lanes) * Int(ck_lanes)
            machine.kernels.multiply_add(
                matrix.start + rows.lowerBound * size + from, size, solved.start + rows.lowerBound * width, width, columns.start + from,
                size,
                rows.count, size - from, block.count, -1)
        }
        for (k, column) in block.enumerated() {
            for row in 0..<size where !block.contains(row) {
                matrix.start[min(row, column) * size + max(row, column)] = solved.start[row * width + k]
            }
            for (j, row) in block.enumerated() { matrix.start[row * size + column] = Float(-pivot[j][k]) }
        }
    }
    machine.forEach(size, chunk: 64) { rows in
        for row in rows {
            for column in row..<size { matrix.start[row * size + column] = -matrix.start[row * size + column] }
        }
    }
    machine.forEach(size, chunk: 64) { rows in
        for row in rows {
            for column in 0..<row { matrix.start[row * size + column] = matrix.start[column * size + row] }
        }
    }
    withExtendedLifetime((columns, solved)) {}
}

private func at(_ matrix: AlignedMemory<Float>, _ row: Int, _ column: Int, _ size: Int) -> Float {
    matrix.start[row * size + column]
}

/// The inverse of a small symmetric positive matrix, by sweeping one row after the other.
private func invertSmall(_ matrix: [[Double]]) -> [[Double]] {
    var matrix = matrix
    for k in matrix.indices {
        let pivot = matrix[k][k]
        let row = matrix[k]
        for i in matrix.indices where i != k {
            let factor = matrix[i][k] / pivot
            for j in matrix.indices where j != k { matrix[i][j] -= factor * row[j] }
            matrix[i][k] = factor
        }
        for j in matrix.indices { matrix[k][j] = j == k ? -1 / pivot : row[j] / pivot }
    }
    return matrix.map { $0.map { -$0 } }
}
