import type { Ledger } from '../ledger.ts'
import type { Instant } from '../records.ts'
import type { RawRow, Sql } from '../sql.ts'
import type { Room, StoreWord, StoreWords } from './port.ts'

/** Words of full stores older than a day say nothing of today; the index finds the others at once. */
const WORDS = `
WITH said AS (
  SELECT j.namespace, max(a.completed_at) AS full_at
  FROM backtest_attempts AS a JOIN backtest_jobs AS j ON j.job_id = a.job_id
  WHERE a.error_class = 'storage_full' AND a.completed_at > now() - interval '1 day'
  GROUP BY j.namespace
)
SELECT coalesce(s.namespace, r.namespace) AS namespace, s.full_at,
  EXISTS (
    SELECT 1 FROM backtest_jobs AS c
    WHERE c.namespace = s.namespace AND c.status = 'completed' AND c.completed_at > s.full_at) AS committed_since,
  (SELECT max(b.artifact_bytes) FROM backtest_jobs AS b WHERE b.namespace = s.namespace) AS largest_bytes,
  r.used_bytes, r.free_bytes, r.total_bytes, r.measured_at
FROM said AS s FULL JOIN store_rooms AS r ON r.namespace = s.namespace
ORDER BY 1`

/** What is known of stores, and who says so. */
export function roomsOver(sql: Sql): Pick<Ledger, 'storeWords' | 'noteRoom'> {
  return {
    storeWords: () => storeWords(sql),
    noteRoom: (namespace, room) => noteRoom(sql, namespace, room),
  }
}

async function storeWords(sql: Sql): Promise<StoreWords> {
  const [clock] = await sql.query('SELECT clock_timestamp() AS now')
  const rows = await sql.query(WORDS)
  return { now: String(clock?.now), words: rows.map(wordOf) }
}

function wordOf(row: RawRow): StoreWord {
  const measuredAt = instantOf(row.measured_at)
  return {
    namespace: String(row.namespace),
    fullAt: instantOf(row.full_at),
    committedSince: row.committed_since === true,
    largestBytes: bytesOf(row.largest_bytes),
    measured:
      measuredAt === null
        ? null
        : {
            at: measuredAt,
            usedBytes: Number(row.used_bytes),
            freeBytes: bytesOf(row.free_bytes),
            totalBytes: bytesOf(row.total_bytes),
          },
  }
}

async function noteRoom(sql: Sql, namespace: string, room: Room): Promise<void> {
  await sql.query(
    `INSERT INTO store_rooms (namespace, used_bytes, free_bytes, total_bytes, measured_at)
     VALUES ($1::text, $2::bigint, $3::bigint, $4::bigint, clock_timestamp())
     ON CONFLICT (namespace) DO UPDATE SET used_bytes = excluded.used_bytes, free_bytes = excluded.free_bytes,
       total_bytes = excluded.total_bytes, measured_at = excluded.measured_at`,
    [namespace, room.usedBytes, room.freeBytes, room.totalBytes],
  )
}

function instantOf(value: unknown): Instant | null {
  return value === null || value === undefined ? null : String(value)
}

function bytesOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}
