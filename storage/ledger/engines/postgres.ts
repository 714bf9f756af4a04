import pg from 'pg'
import { HindcastError } from '../../../core/errors.ts'
import { type Database, PARSERS, type Sql } from '../sql.ts'

export interface PoolLimits {
  readonly connectionsMax: number
  readonly connectMs: number
  readonly statementMs: number
}

/** A runner has one statement at a time; an operator and an API a handful. */
export const POOL_LIMITS: PoolLimits = { connectionsMax: 5, connectMs: 5_000, statementMs: 30_000 }

/** A migration may build an index over every row there is, or wait for another process that does. */
export const MIGRATION_LIMITS: PoolLimits = { connectionsMax: 1, connectMs: 5_000, statementMs: 3_600_000 }

/** SQLSTATEs of "not now": connection lost, shutting down, too many, cancelled, read-only standby, no entry. */
const AWAY = /^(08...|57P0[1-5]|57014|53300|25006|28P01|28000|3D000)$/
/** What Node and the driver say when there is no server to ask. */
const AWAY_TEXT = /^(E[A-Z]+|Connection terminated.*|timeout e.*|Query read timeout|Client has encountered.*)$/

/**
 * A pool of connections. Connects lazily and again after a loss; the statement that met the loss is not repeated.
 * Throws `environment_invalid` on a URL that is none, `database_unavailable` while the server is out of reach;
 * neither message holds a password.
 */
export function postgresDatabase(url: string, limits: PoolLimits = POOL_LIMITS): Database {
  const where = placeOf(url)
  const pool = new pg.Pool({
    connectionString: url,
    max: limits.connectionsMax,
    connectionTimeoutMillis: limits.connectMs,
    statement_timeout: limits.statementMs,
    query_timeout: limits.statementMs + limits.connectMs,
    idle_in_transaction_session_timeout: limits.statementMs,
    keepAlive: true,
    application_name: 'hindcast',
    types: { getTypeParser: typeParser },
    // The parsers read times as UTC; a database or a role may have another default.
    onConnect: async (client) => {
      await (client as pg.PoolClient).query("SET TIME ZONE 'UTC'; SET DateStyle = 'ISO, YMD'")
    },
  })
  // An idle connection that is lost is replaced by the next statement; without a listener it would end the process.
  pool.on('error', () => {})
  return {
    ...session(pool, where),
    transaction: (work) => transaction(pool, where, work),
    pool: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => pool.end(),
  }
}

async function transaction<T>(pool: pg.Pool, where: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((thrown) => {
    throw translate(thrown, where)
  })
  const sql = session(client, where)
  let broken = false
  try {
    await sql.script('BEGIN')
    const result = await work(sql)
    await sql.script('COMMIT')
    return result
  } catch (thrown) {
    await client.query('ROLLBACK').catch(() => {
      broken = true
    })
    throw thrown
  } finally {
    client.release(broken)
  }
}

function session(db: pg.Pool | pg.PoolClient, where: string): Sql {
  return {
    query: async (text, params = [], name) => {
      try {
        const values = [...params]
        return (await db.query(name === undefined ? { text, values } : { name, text, values })).rows
      } catch (thrown) {
        throw translate(thrown, where)
      }
    },
    script: async (text) => {
      try {
        await db.query(text)
      } catch (thrown) {
        throw translate(thrown, where)
      }
    },
  }
}

function typeParser(oid: number, format?: string) {
  return PARSERS[oid] ?? pg.types.getTypeParser(oid, format as 'text')
}

/** `host:port/database`, never user or password. */
function placeOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new HindcastError(
      'environment_invalid',
      'the database URL is not one; write postgres://user:password@host:port/database',
    )
  }
  const host = parsed.hostname || parsed.searchParams.get('host') || 'localhost'
  return `${host}:${parsed.port || parsed.searchParams.get('port') || 5432}${parsed.pathname}`
}

/** A lost server as `database_unavailable`; anything else is a bug and stays as it is. */
function translate(thrown: unknown, where: string): unknown {
  const error = thrown as { code?: string; message?: string; errors?: readonly unknown[] }
  // A host with several addresses fails with one error for each of them.
  const first = (error.errors?.[0] ?? error) as { code?: string; message?: string }
  const code = first.code ?? ''
  const message = first.message ?? ''
  const away = AWAY.test(code) || (code.length !== 5 && AWAY_TEXT.test(code)) || AWAY_TEXT.test(message)
  if (!away) return thrown
  return new HindcastError('database_unavailable', `the database ${where} is out of reach: ${message || code}`, {
    cause: thrown,
  })
}
