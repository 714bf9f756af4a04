import type { Holding, Holdings, ReportModel } from '../../../console/report/model.ts'
import type { CostResult } from '../../../engine/result.ts'
import { type OpenedResult, readBacktest, readWeights, type StoredBacktest } from '../../../storage/out/read-result.ts'
import { computationOf } from '../../jobs/computation-of.ts'
import type { Home } from '../../local/open-home.ts'
import { type ModelSource, provenanceOf, resultHead } from './provenance-of.ts'
import { readDataPart, readTickers } from './read-data.ts'

/** Positions of each side in the model; the rest is counted. */
const NAMED_HOLDINGS = 10

/** The model behind report and summary, read from the files of a result and the snapshot it was computed from. */
export async function readModel(home: Home, { job, name, opened, again }: ModelSource): Promise<ReportModel> {
  const computation = computationOf(job)
  const [result, data] = await Promise.all([
    readBacktest(opened),
    readDataPart(home.datasetsDir, computation.snapshotId),
  ])
  const { book, turnover, decay, dailyIc: ic } = result
  return {
    head: {
      ...resultHead({ job, name, opened }),
      stoppedEarly: result.stoppedEarly,
      lastProcessedDate: result.lastProcessedDate,
    },
    computation,
    metrics: result.metrics,
    ic,
    returns: returnsOf(result),
    turnover,
    book,
    decay,
    quantiles: result.quantiles,
    blend: result.blend,
    costs: result.costs,
    holdings: await readHoldings(home, { opened, snapshotId: computation.snapshotId, dates: turnover.dates }),
    data,
    provenance: provenanceOf({ job, opened, again }),
    warnings: result.warnings,
  }
}

function returnsOf({ portfolioReturns, costs }: StoredBacktest): ReportModel['returns'] {
  const { dates, values: gross } = portfolioReturns
  const net = costs === null ? null : aligned(dates, costs)
  return { dates, gross, net: net?.net ?? null, drag: net?.drag ?? null }
}

/** Net returns and drag on the dates of the gross ones; NaN on a date without. */
function aligned(dates: Int32Array, { net }: CostResult): { net: Float64Array; drag: Float64Array } {
  const at = new Map(Array.from(net.dates, (date, row) => [date, row]))
  const pick = (values: Float64Array) => Float64Array.from(dates, (date) => values[at.get(date) ?? -1] ?? Number.NaN)
  return { net: pick(net.net), drag: pick(net.drag) }
}

async function readHoldings(
  home: Home,
  { opened, snapshotId, dates }: { opened: OpenedResult; snapshotId: string; dates: Int32Array },
): Promise<Holdings | null> {
  const date = dates.at(-1)
  if (date === undefined) return null
  const [rows, tickers] = await Promise.all([
    readWeights(opened, { from: date, to: date }),
    readTickers(home.datasetsDir, snapshotId),
  ])
  const all = Array.from(rows.permno as Float64Array, (permno, row): Holding => {
    return { permno, ticker: tickers.get(permno) ?? null, weight: rows.weight?.[row] ?? Number.NaN }
  })
  const long = all.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight)
  const short = all.filter(({ weight }) => weight < 0).sort((a, b) => a.weight - b.weight)
  const first = (side: readonly Holding[]) => side.slice(0, NAMED_HOLDINGS)
  return { date, longCount: long.length, shortCount: short.length, long: first(long), short: first(short) }
}
