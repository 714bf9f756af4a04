/** Uniform numbers that are the same on every machine: the 32-bit mix of a counter (SplitMix, Steele & Vigna). */
export function uniformOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x85ebca6b)
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (((z ^ (z >>> 15)) >>> 0) + 0.5) / 2 ** 32
  }
}

/** Standard normal numbers by the polar method of Marsaglia & Bray 1964. */
export function normalOf(seed: number): () => number {
  const uniform = uniformOf(seed)
  let spare = Number.NaN
  return () => {
    if (!Number.isNaN(spare)) {
      const kept = spare
      spare = Number.NaN
      return kept
    }
    for (;;) {
      const x = 2 * uniform() - 1
      const y = 2 * uniform() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      spare = y * scale
      return x * scale
    }
  }
}

/** Daily returns of names by date, [dates × names]: a market of 1 % a day and own noise of 2 % with fat tails. */
export interface Market {
  readonly dates: number
  readonly names: number
  readonly returns: Float64Array
}

export function marketOf(dates: number, names: number, seed: number): Market {
  const normal = normalOf(seed)
  const returns = new Float64Array(dates * names)
  for (let t = 0; t < dates; t++) {
    const market = 0.01 * normal()
    for (let i = 0; i < names; i++) {
      // One day in ten is three times as wild: kurtosis about 8.
      const wild = normal() > 1.2816 ? 3 : 1
      returns[t * names + i] = market + 0.0149 * wild * normal()
    }
  }
  return { dates, names, returns }
}

/** How a signal moves from day to day, and what it knows of the next return. */
export interface SignalRule {
  /** Autocorrelation a day. */
  readonly persistence: number
  /** Correlation with the own part of the next return, about the IC; 0 plants nothing. */
  readonly planted: number
  readonly seed: number
}

/** A signal of every name on every date, [dates × names], before the return of the same row. */
export function signalOf(market: Market, { persistence, planted, seed }: SignalRule): Float64Array {
  const { dates, names, returns } = market
  const normal = normalOf(seed)
  const own = new Float64Array(names).map(normal)
  const signal = new Float64Array(dates * names)
  const fresh = Math.sqrt(1 - persistence * persistence)
  for (let t = 0; t < dates; t++) {
    let mean = 0
    for (let i = 0; i < names; i++) mean += returns[t * names + i]! / names
    for (let i = 0; i < names; i++) {
      own[i] = persistence * own[i]! + fresh * normal()
      signal[t * names + i] = own[i]! + (planted * (returns[t * names + i]! - mean)) / 0.02
    }
  }
  return signal
}

/** Returns of the book that holds the demeaned signal at gross one. [dates] */
export function bookOf({ dates, names, returns }: Market, signal: Float64Array): Float64Array {
  const book = new Float64Array(dates)
  for (let t = 0; t < dates; t++) {
    let mean = 0
    for (let i = 0; i < names; i++) mean += signal[t * names + i]! / names
    let gross = 0
    let earned = 0
    for (let i = 0; i < names; i++) {
      const weight = signal[t * names + i]! - mean
      gross += Math.abs(weight)
      earned += weight * returns[t * names + i]!
    }
    book[t] = earned / gross
  }
  return book
}
