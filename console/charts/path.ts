import type { Numbers } from './scale.ts'

/** Width of the coordinates of a plot; it is stretched to the page, its height is in pixels. */
export const PLOT_WIDTH = 1000

/** A line through the points; a point that cannot be drawn breaks it, a lone point is a dot. */
export function linePath(x: Numbers, y: Numbers): string {
  let path = ''
  for (let i = 0; i < x.length; i++) {
    if (!isDrawable(y[i]!)) continue
    const starts = i === 0 || !isDrawable(y[i - 1]!)
    const lone = starts && (i + 1 === x.length || !isDrawable(y[i + 1]!))
    path += `${starts ? 'M' : 'L'}${round(x[i]!)} ${round(y[i]!)}${lone ? 'h0' : ''}`
  }
  return path
}

/** The area between the points and a base line; a point that cannot be drawn counts as on the base. */
export function areaPath(x: Numbers, y: Numbers, base: number): string {
  if (x.length === 0) return ''
  let path = `M${round(x[0]!)} ${round(base)}`
  for (let i = 0; i < x.length; i++) path += `L${round(x[i]!)} ${round(isDrawable(y[i]!) ? y[i]! : base)}`
  return `${path}L${round(x[x.length - 1]!)} ${round(base)}Z`
}

/** Bars from a base line, centred on x; `wants` chooses which to draw, so that each colour is one path. */
export function barsPath(bars: { x: Numbers; y: Numbers; base: number; width: number }, wants: Sign): string {
  const { x, y, base, width } = bars
  let path = ''
  for (let i = 0; i < x.length; i++) {
    const top = y[i]!
    // In pixels a value above zero lies above the base, so its y is smaller.
    if (!isDrawable(top) || (wants === 'above' ? top >= base : top <= base)) continue
    path += `M${round(x[i]! - width / 2)} ${round(base)}V${round(top)}h${round(width)}V${round(base)}Z`
  }
  return path
}

/** Whether a height has a place on a page: not NaN, not infinite, not a thousand screens away. */
export function isDrawable(height: number): boolean {
  return Math.abs(height) < 1e6
}

export type Sign = 'above' | 'below'

/** A tenth of a unit is below what a screen shows; more digits would double the page. */
export function round(value: number): number {
  return Math.round(value * 10) / 10 + 0
}
