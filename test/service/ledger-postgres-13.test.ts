import { postgresSuite } from './ledger-postgres.ts'

await postgresSuite(13)
