import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { databaseLedger } from '../../../storage/ledger/database-ledger.ts'
import { pgliteDatabase } from '../../../storage/ledger/engines/pglite.ts'
import { migrate, readMigrations } from '../../../storage/ledger/migrate.ts'
import type { Bench } from './builders.ts'
import { operatorContract } from './operator.ts'
import { outcomesContract } from './outcomes.ts'
import { racesContract } from './races.ts'
import { readsContract } from './reads.ts'
import { schemaContract } from './schema.ts'
import { snapshotsContract } from './snapshots.ts'
import { transitionsContract } from './transitions.ts'
import { unitsContract } from './units.ts'

const folder = mkdtempSync(join(tmpdir(), 'hindcast-ledger-'))
let bench: Bench

before(async () => {
  const database = await pgliteDatabase(join(folder, 'ledger'))
  await migrate(database, readMigrations(), { installationId: null, adopt: false, refusal: 'home_invalid' })
  bench = { database, ledger: databaseLedger(database) }
})
after(async () => {
  await bench.ledger.close()
  rmSync(folder, { recursive: true, force: true })
})

transitionsContract('PGlite', () => bench)
outcomesContract('PGlite', () => bench)
readsContract('PGlite', () => bench)
operatorContract('PGlite', () => bench)
// The planner is the same as the servers'; a tenth of their rows spares minutes of WebAssembly.
schemaContract('PGlite', () => bench)
racesContract('PGlite', () => bench)
unitsContract('PGlite', () => bench)
snapshotsContract('PGlite', () => bench)
