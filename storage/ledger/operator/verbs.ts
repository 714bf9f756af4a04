import type { Database } from '../sql.ts'
import { openPlaces } from './places.ts'
import type { OperatorVerbs } from './port.ts'
import * as operator from './resources.ts'
import { standing } from './standing.ts'

/** The operator's part of the ledger, but for what is known of stores (rooms.ts). */
export function operatorOver(database: Database): Omit<OperatorVerbs, 'storeWords'> {
  return {
    standing: (of) => standing(database, of),
    openPlaces: (of) => openPlaces(database, of),
    presentResources: (after, limit) => operator.presentResources(database, after, limit),
    askCancel: (asked) => operator.askCancel(database, asked),
    markHandled: (...mark) => operator.markHandled(database, ...mark),
    settleResource: (uid, settled, epoch) => operator.settleResource(database, uid, settled, epoch),
    reopenResource: (...mark) => operator.reopenResource(database, ...mark),
    countJob: (steer) => operator.countJob(database, steer),
    countActive: () => operator.countActive(database),
    markGone: (uid, epoch) => operator.markGone(database, uid, epoch),
    pool: () => database.pool(),
  }
}
