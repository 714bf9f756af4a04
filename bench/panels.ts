import { formatIsoDate } from '../core/dates.ts'
import type { Backtest } from '../core/request.ts'
import { type Panel, PRESENT } from '../engine/panel.ts'

/**
 * Synthetic panels that any language can repeat bit for bit: a counter-based splitmix64, whole numbers, and IEEE
 * additions, multiplications and floors only. No fundamentals.
 */
export interface PanelSize {
  readonly names: number
  readonly days: number
  readonly seed: number
}

export const PANEL_SIZES = {
  S: { names: 100, days: 500, seed: 101 },
  M: { names: 500, days: 1260, seed: 102 },
  L: { names: 3000, days: 2520, seed: 103 },
} as const satisfies Record<string, PanelSize>

/** 2010-01-04, a Monday. */
const FIRST_DAY = 14613
const FIRST_PERMNO = 10001
/** Scales the sum of eight 16-bit whole numbers to about unit variance. */
const GAUSS_SCALE = 1.8685e-5
const GAUSS_CENTRE = 262140
const DRIFT_DAYS = 126
/** Streams of random numbers, by what they decide. */
const STREAM = { name: 0, noiseA: 1, noiseB: 2, marketA: 3, marketB: 4, flag: 5, drift: 6, volume: 7 } as const

/** The 64-bit numbers of one stream, as two 32-bit halves of the number last asked for. */
class Stream {
  high = 0
  low = 0
  readonly #seedHigh: number
  readonly #seedLow: number

  constructor(seed: bigint) {
    this.#seedHigh = Number(seed >> 32n)
    this.#seedLow = Number(seed & 0xffffffffn)
  }

  /** Moves to number k: splitmix64 of seed + (k + 1) · golden ratio. */
  at(k: number): this {
    this.high = 0x9e3779b9
    this.low = 0x7f4a7c15
    this.#multiply(Math.floor((k + 1) / 2 ** 32), (k + 1) >>> 0)
    const low = this.low + this.#seedLow
    this.high = (this.high + this.#seedHigh + (low > 0xffffffff ? 1 : 0)) >>> 0
    this.low = low >>> 0
    this.#xorShift(30)
    this.#multiply(0xbf58476d, 0x1ce4e5b9)
    this.#xorShift(27)
    this.#multiply(0x94d049bb, 0x133111eb)
    this.#xorShift(31)
    return this
  }

  /** The number as a double in [0, 1). */
  get unit(): number {
    return (this.high * 2 ** 21 + (this.low >>> 11)) * 2 ** -53
  }

  /** Sum of the four 16-bit pieces. */
  get pieces(): number {
    return (this.low & 0xffff) + (this.low >>> 16) + (this.high & 0xffff) + (this.high >>> 16)
  }

  #xorShift(bits: number): void {
    const low = this.low ^ ((this.low >>> bits) | (bits === 0 ? 0 : this.high << (32 - bits)))
    this.high = (this.high ^ (this.high >>> bits)) >>> 0
    this.low = low >>> 0
  }

  #multiply(high: number, low: number): void {
    const a = this.low & 0xffff
    const b = this.low >>> 16
    const c = low & 0xffff
    const d = low >>> 16
    const ac = a * c
    const middle = b * c + Math.floor(ac / 0x10000)
    const middleLow = (middle % 0x10000) + a * d
    const carry = b * d + Math.floor(middle / 0x10000) + Math.floor(middleLow / 0x10000)
    this.high = (carry + Math.imul(this.high, low) + Math.imul(this.low, high)) >>> 0
    this.low = ((middleLow % 0x10000) * 0x10000 + (ac % 0x10000)) >>> 0
  }
}

function streams(seed: number): (index: number) => Stream {
  const root = new Stream(BigInt(seed))
  return (index) => {
    root.at(1000000007 + index)
    return new Stream((BigInt(root.high) << 32n) | BigInt(root.low))
  }
}

/** One name's constants. */
interface Traits {
  readonly beta: number
  readonly sigma: number
  readonly shrout: number
  /** Days [listed, delisted) have rows. */
  readonly listed: number
  readonly delisted: number
  readonly firstPrice: number
}

/** The panel of a size; names without any row are left out, as in the file the generator would write. */
export function syntheticPanel(
  size: PanelSize,
  allocate = (bytes: number): ArrayBufferLike => new ArrayBuffer(bytes),
): Panel {
  const traits = namesOf(size)
  const kept = traits.flatMap((trait, s) => (Math.min(size.days, trait.delisted) > trait.listed ? [s] : []))
  const cells = size.days * kept.length
  const doubles = () => new Float64Array(allocate(8 * cells)).fill(Number.NaN)
  const panel = {
    dates: new Int32Array(allocate(4 * size.days)),
    permnos: new Float64Array(allocate(8 * kept.length)),
    present: new Uint8Array(allocate(cells)),
    ret: doubles(),
    prc: doubles(),
    vol: doubles(),
    shrout: doubles(),
    fundamentals: null,
  }
  for (let t = 0; t < size.days; t++) panel.dates[t] = FIRST_DAY + 7 * Math.floor(t / 5) + (t % 5)
  kept.forEach((s, i) => {
    panel.permnos[i] = FIRST_PERMNO + s
  })
  fillRows(panel, size, { traits, kept })
  return panel
}

function namesOf({ names, days, seed }: PanelSize): Traits[] {
  const stream = streams(seed)(STREAM.name)
  return Array.from({ length: names }, (_, s) => {
    const u = Array.from({ length: 8 }, (_, j) => stream.at(8 * s + j).unit)
    return {
      beta: 0.5 + u[0]!,
      sigma: 0.008 + 0.022 * u[1]!,
      firstPrice: rounded(10 + 190 * u[2]!, 100),
      shrout: Math.floor(5000 + 200000 * u[3]!),
      listed: u[4]! < 0.2 ? Math.floor(u[5]! * 0.6 * days) : 0,
      delisted: u[6]! < 0.15 ? Math.floor((0.3 + 0.7 * u[7]!) * days) : days,
    }
  })
}

type Columns = Pick<Panel, 'present' | 'ret' | 'prc' | 'vol' | 'shrout'>

function fillRows(panel: Columns, { names, days, seed }: PanelSize, of: { traits: Traits[]; kept: number[] }): void {
  const stream = streams(seed)
  const [noiseA, noiseB, marketA, marketB] = [stream(1), stream(2), stream(3), stream(4)] as const
  const [flags, drift, volume] = [stream(STREAM.flag), stream(STREAM.drift), stream(STREAM.volume)] as const
  const prices = Float64Array.from(of.traits, (trait) => trait.firstPrice)
  for (let t = 0; t < days; t++) {
    const market = (marketA.at(t).pieces + marketB.at(t).pieces - GAUSS_CENTRE) * GAUSS_SCALE
    of.kept.forEach((s, i) => {
      const { beta, sigma, shrout, listed, delisted } = of.traits[s]!
      const k = t * names + s
      const noise = (noiseA.at(k).pieces + noiseB.at(k).pieces - GAUSS_CENTRE) * GAUSS_SCALE
      const trend = (drift.at(Math.floor(t / DRIFT_DAYS) * names + s).unit - 0.5) * 0.0016
      const ret = Math.max(rounded(beta * market * 0.009 + sigma * noise + trend, 1e6), -0.9)
      prices[s] = Math.max(rounded(prices[s]! * (1 + ret), 100), 0.01)
      const flag = flags.at(k).unit
      if (flag < 0.005 || t < listed || t >= delisted) return
      const cell = t * of.kept.length + i
      const known = flag >= 0.008
      panel.present[cell] = PRESENT.row | PRESENT.prc | PRESENT.vol | PRESENT.shrout | (known ? PRESENT.ret : 0)
      if (known) panel.ret[cell] = ret
      panel.prc[cell] = k % 97 === 0 ? -prices[s]! : prices[s]!
      panel.vol[cell] = Math.floor(100000 * (0.2 + 1.8 * volume.at(k).unit) + 0.5)
      panel.shrout[cell] = shrout
    })
  }
}

function rounded(value: number, steps: number): number {
  return Math.floor(value * steps + 0.5) / steps
}

/** Work W of performance.md: one backtest over all dates of a panel, decay at six horizons. */
export function backtestOn(panel: Panel, alpha: 'momentum' | 'reversal'): Backtest {
  return {
    dataset: 'bench',
    snapshotId: null,
    alpha: { name: alpha, parameters: {} },
    startDate: formatIsoDate(panel.dates[0]!),
    endDate: formatIsoDate(panel.dates[panel.dates.length - 1]!),
    weightMethod: 'zscore',
    decayHorizons: [1, 2, 5, 10, 20, 60],
    costModel: null,
    quantiles: null,
  }
}
