import { dayNumber, formatIsoDate, type IsoDate } from './dates.ts'
import { HindcastError } from './errors.ts'
import { canonicalJson, configHash, type Identity, type Json, jobIdOf, sha256Hex } from './identity.ts'
import type {
  AlphaChoice,
  Backtest,
  BacktestRequest,
  MonteCarlo,
  MonteCarloRequest,
  WalkForward,
  WalkForwardRequest,
} from './request.ts'

/** One immutable snapshot, as the catalogue knows it. */
export interface SnapshotEntry {
  readonly snapshotId: string
  readonly dataset: string
  /** 64 hex digits; the snapshot's id shows the first 8. */
  readonly fullSha256: string
  /** First and last date of the prices. */
  readonly startDate: IsoDate
  readonly endDate: IsoDate
  /** Role (`crsp`, `compustat`) -> version and content hash. */
  readonly datasetVersionIds: Readonly<Record<string, string>>
}

/** Every snapshot that can be named, as plain data. */
export interface Catalog {
  /** Dataset -> its newest snapshot. */
  readonly newest: ReadonlyMap<string, string>
  readonly snapshots: ReadonlyMap<string, SnapshotEntry>
}

/** A Backtest whose snapshot is pinned. */
export type PinnedBacktest = Backtest & { readonly snapshotId: string }

/** A request with every choice pinned: what a runner is given. Plain data; its hash is its name. */
export interface BacktestPlan {
  readonly kind: 'Backtest'
  readonly namespace: string
  readonly jobId: string
  readonly configHash: string
  readonly backtest: PinnedBacktest
  readonly snapshot: SnapshotEntry
}

/** A walk with one snapshot pinned for all that it computes. */
export interface WalkForwardPlan {
  readonly kind: 'WalkForward'
  readonly namespace: string
  readonly jobId: string
  readonly configHash: string
  /** The one that every window is cut from. */
  readonly backtest: PinnedBacktest
  readonly walkForward: PinnedWalkForward
  readonly snapshot: SnapshotEntry
}

export type PinnedWalkForward = WalkForward & { readonly backtest: PinnedBacktest }

/** A MonteCarlo whose source is a committed result, and whose seed is chosen. */
export interface MonteCarloPlan {
  readonly kind: 'MonteCarlo'
  readonly namespace: string
  readonly jobId: string
  readonly configHash: string
  /** Of the source. */
  readonly backtest: PinnedBacktest
  readonly monteCarlo: PinnedMonteCarlo
  readonly source: SourceResult
  /** What the source was computed from. */
  readonly snapshot: Pick<SnapshotEntry, 'snapshotId' | 'dataset' | 'fullSha256' | 'datasetVersionIds'>
}

export type PinnedMonteCarlo = Omit<MonteCarlo, 'source' | 'seed'> & {
  readonly source: { readonly jobId: string; readonly contentSha256: string }
  readonly seed: number
}

/** The committed result of a Backtest, as its record has it. */
export interface SourceResult {
  readonly jobId: string
  readonly contentSha256: string
  readonly manifestSha256: string | null
  readonly resultPath: string
}

export type Plan = BacktestPlan | WalkForwardPlan | MonteCarloPlan

/** Pins the snapshot and names the job. Throws `dataset_not_found`, `snapshot_not_found` or `pit_violation`. */
export function planBacktest(request: BacktestRequest, catalog: Catalog): BacktestPlan {
  const snapshot = resolveSnapshot(request.backtest, catalog)
  const backtest = { ...request.backtest, snapshotId: snapshot.snapshotId }
  const hash = configHash(identityOf('Backtest', request.namespace, backtestComputation(backtest)))
  return { kind: 'Backtest', namespace: request.namespace, jobId: jobIdOf(hash), configHash: hash, backtest, snapshot }
}

/** Pins the snapshot of a walk and names the job; errors as `planBacktest`. */
export function planWalkForward(request: WalkForwardRequest, catalog: Catalog): WalkForwardPlan {
  const { namespace, walkForward: asked } = request
  const snapshot = resolveSnapshot(asked.backtest, catalog, '/spec/backtest')
  const backtest = { ...asked.backtest, snapshotId: snapshot.snapshotId }
  const walkForward = { ...asked, backtest }
  const hash = configHash(identityOf('WalkForward', namespace, walkForwardComputation(walkForward)))
  return { kind: 'WalkForward', namespace, jobId: jobIdOf(hash), configHash: hash, backtest, walkForward, snapshot }
}

/** Replaces the reference by the result that it means, chooses the seed where none is given, and names the job. */
export function planMonteCarlo(
  { namespace, monteCarlo: asked }: Pick<MonteCarloRequest, 'namespace' | 'monteCarlo'>,
  from: Pick<MonteCarloPlan, 'backtest' | 'source' | 'snapshot'>,
): MonteCarloPlan {
  const { jobId, contentSha256 } = from.source
  const unseeded = { ...asked, source: { jobId, contentSha256 }, seed: 0 }
  const monteCarlo = { ...unseeded, seed: asked.seed ?? seedOf(unseeded) }
  const hash = configHash(identityOf('MonteCarlo', namespace, monteCarloComputation(monteCarlo)))
  return { kind: 'MonteCarlo', namespace, jobId: jobIdOf(hash), configHash: hash, monteCarlo, ...from }
}

/** The first 31 bits of the SHA-256 of the rest of the computation (design.md 2). */
function seedOf(monteCarlo: PinnedMonteCarlo): number {
  const { seed: _, ...rest } = monteCarloComputation(monteCarlo) as { readonly [field: string]: Json }
  return Number.parseInt(sha256Hex(canonicalJson(rest)).slice(0, 8), 16) >>> 1
}

/** What is hashed of a plan, and kept in its row and manifest. */
export function planComputation(plan: Plan): Json {
  switch (plan.kind) {
    case 'Backtest':
      return backtestComputation(plan.backtest)
    case 'WalkForward':
      return walkForwardComputation(plan.walkForward)
    case 'MonteCarlo':
      return monteCarloComputation(plan.monteCarlo)
  }
}

/** What is hashed of a MonteCarlo: the source as job and content, and a block length only where one is given. */
export function monteCarloComputation({ blockLength, ...settings }: PinnedMonteCarlo): Json {
  return { ...settings, blockLength: blockLength ?? undefined }
}

/** What is hashed of a WalkForward: its fields as a manifest names them, how it runs left out. */
export function walkForwardComputation({ backtest, windows, search, overfittingThreshold }: PinnedWalkForward): Json {
  return {
    backtest: backtestComputation(backtest),
    windows: windows as unknown as Json,
    search: search as unknown as Json,
    overfittingThreshold,
  }
}

/** The identity of a computation in a namespace. */
export function identityOf(kind: string, namespace: string, computation: Json): Identity {
  return { v: 1, kind, namespace, computation }
}

/** What is hashed of a Backtest: its fields as a manifest names them; an absent cost model or quantiles stay absent. */
export function backtestComputation(backtest: PinnedBacktest): Json {
  return {
    dataset: backtest.dataset,
    snapshotId: backtest.snapshotId,
    alpha: backtest.alpha as AlphaChoice as unknown as Json,
    startDate: backtest.startDate,
    endDate: backtest.endDate,
    weightMethod: backtest.weightMethod,
    decayHorizons: backtest.decayHorizons,
    costModel: (backtest.costModel as unknown as Json) ?? undefined,
    quantiles: (backtest.quantiles as unknown as Json) ?? undefined,
  }
}

/** `at`: pointer of the computation in its manifest. */
function resolveSnapshot(backtest: Backtest, catalog: Catalog, at = '/spec'): SnapshotEntry {
  const { dataset } = backtest
  const newest = catalog.newest.get(dataset)
  if (newest === undefined) {
    const known = [...catalog.newest.keys()].sort()
    throw new HindcastError(
      'dataset_not_found',
      `dataset "${dataset}" is not in the catalogue; ` +
        `${known.length > 0 ? `known: ${known.join(', ')}` : 'it is empty'}. ` +
        `Import it with "hindcast dataset import ${dataset} --prices FILE"`,
      { field: `${at}/dataset` },
    )
  }
  const snapshot = catalog.snapshots.get(backtest.snapshotId ?? newest)
  if (snapshot === undefined || snapshot.dataset !== dataset) {
    const known = [...catalog.snapshots.values()].filter((entry) => entry.dataset === dataset)
    throw new HindcastError(
      'snapshot_not_found',
      `snapshot "${backtest.snapshotId ?? newest}" of dataset "${dataset}" is not in the catalogue; ` +
        `known: ${known
          .map((entry) => entry.snapshotId)
          .sort()
          .join(', ')}`,
      { field: `${at}/snapshotId` },
    )
  }
  const last = dayNumber(snapshot.endDate)
  if (dayNumber(backtest.endDate) > last) {
    throw new HindcastError(
      'pit_violation',
      `endDate ${backtest.endDate} lies after the last price date ${formatIsoDate(last)} of snapshot ` +
        `${snapshot.snapshotId}; choose an endDate up to it, or import newer data`,
      { field: `${at}/endDate` },
    )
  }
  return snapshot
}
