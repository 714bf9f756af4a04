import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Calls back in a pod that preloads it, right behind the line that says that it computes: the first line that does. */
export function onComputing(act: () => void): void {
  const write = fs.writeFileSync
  let said = false
  fs.writeFileSync = (...args) => {
    write(...args)
    if (said || args[0] !== 1 || !String(args[1]).includes('"stage":"computing"')) return
    said = true
    act()
  }
  syncBuiltinESMExports()
}
