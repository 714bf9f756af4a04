/** Smaller eigenvalues count as this (engine.md 0.4). */
const EIGENVALUE_FLOOR = 1e-10
/** Sweeps of rotations; eight rows need about six. */
const MAX_SWEEPS = 50

/**
 * Largest over smallest eigenvalue of a symmetric matrix, the smallest being at least 1e-10: how close the columns
 * behind it are to saying the same thing. NaN if an entry is NaN, 1 for an empty matrix (engine.md 5, step 7).
 */
export function conditionNumber(matrix: readonly (readonly number[])[]): number {
  if (matrix.length === 0) return 1
  if (matrix.flat().some(Number.isNaN)) return Number.NaN
  const eigenvalues = symmetricEigenvalues(matrix)
  return Math.max(...eigenvalues) / Math.max(Math.min(...eigenvalues), EIGENVALUE_FLOOR)
}

/**
 * Eigenvalues of a small symmetric matrix, in no order, by cyclic Jacobi rotations.
 *
 * Source: Golub & Van Loan, Matrix Computations, 8.5. Cost: O(n³) a sweep.
 */
export function symmetricEigenvalues(matrix: readonly (readonly number[])[]): number[] {
  const a = matrix.map((row) => [...row])
  const size = Math.sqrt(a.flat().reduce((sum, x) => sum + x * x, 0))
  for (let sweep = 0; sweep < MAX_SWEEPS && offDiagonal(a) > Number.EPSILON * size; sweep++) {
    for (let p = 0; p < a.length; p++) {
      for (let q = p + 1; q < a.length; q++) rotate(a, p, q)
    }
  }
  return a.map((row, i) => row[i]!)
}

function offDiagonal(a: readonly (readonly number[])[]): number {
  let squares = 0
  a.forEach((row, i) => {
    row.forEach((x, j) => {
      if (i !== j) squares += x * x
    })
  })
  return Math.sqrt(squares)
}

/** Turns the plane of axes p and q so that their entry becomes zero. */
function rotate(a: number[][], p: number, q: number): void {
  const coupling = a[p]![q]!
  if (coupling === 0) return
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * coupling)
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const cosine = 1 / Math.sqrt(tangent * tangent + 1)
  const sine = tangent * cosine
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k]![p]!, a[k]![q]!]
    a[k]![p] = cosine * x - sine * y
    a[k]![q] = sine * x + cosine * y
  }
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[p]![k]!, a[q]![k]!]
    a[p]![k] = cosine * x - sine * y
    a[q]![k] = sine * x + cosine * y
  }
}
