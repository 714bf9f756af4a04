import type { UnitBytes } from '../../storage/ledger/ledger.ts'
import type { DamagedUnit } from './units.ts'

/** Units through their codec: those it reads, and those whose bytes it refuses, for whatever reason. */
export function readUnits<Unit>(units: readonly UnitBytes[], codec: (unit: UnitBytes) => Unit) {
  const read: Unit[] = []
  const damaged: DamagedUnit[] = []
  for (const unit of units) {
    try {
      read.push(codec(unit))
    } catch (thrown) {
      damaged.push({ unit: unit.unit, damage: thrown instanceof Error ? thrown.message : String(thrown) })
    }
  }
  return { read, damaged }
}
