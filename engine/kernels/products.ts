import { PRODUCTS_WASM } from './products-wasm.ts'

const PAGE_BYTES = 65536
/** Windows of one call of the compound kernel. */
export const WINDOW_LANES = 16
/** Dates of one group of the forward kernel. */
export const DATE_LANES = 8

/** The kernels of products.wat on a memory of their own. */
export interface Products {
  /** Zeroed doubles inside the memory; the capacity given at the start bounds the sum of all. */
  doubles(length: number): Float64Array
  wholes(length: number): Int32Array
  /** Addresses and strides in bytes; see products.wat. */
  readonly forward: (...addresses: number[]) => void
  readonly compound: (...addresses: number[]) => void
}

let compiled: WebAssembly.Module | undefined

/** The kernels with room for so many bytes of arrays. */
export function createProducts(bytes: number): Products {
  compiled ??= new WebAssembly.Module(decode(PRODUCTS_WASM.join('')))
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) + 1 })
  const { exports } = new WebAssembly.Instance(compiled, { engine: { memory } })
  let used = 0
  const take = (size: number) => {
    const at = used
    // Vectors are read fastest from multiples of 16.
    used += Math.ceil(size / 16) * 16
    return at
  }
  return {
    doubles: (length) => new Float64Array(memory.buffer, take(8 * length), length),
    wholes: (length) => new Int32Array(memory.buffer, take(4 * length), length),
    forward: exports.forward as Products['forward'],
    compound: exports.compound as Products['compound'],
  }
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
