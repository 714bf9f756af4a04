import { resolve } from 'node:path'
import type { Context } from '../context.ts'
import { findJob } from '../jobs/find-job.ts'
import { readableResult } from '../jobs/readable-result.ts'
import { withHome } from '../local/open-home.ts'
import { openJobResult } from '../local/result-files.ts'
import { print } from '../output/print.ts'

/** `hindcast export JOB DIR`. */
export async function exportJob(context: Context, text: string, dir: string): Promise<number> {
  return await withHome(context, { create: false }, async (home) => {
    const { job, name } = await readableResult(context, home.ledger, await findJob(home.ledger, text))
    const { exportResult } = await import('../../storage/out/export.ts')
    const folder = resolve(dir)
    const files = await exportResult(await openJobResult(home, job), folder)
    const { namespace, jobId } = job
    await home.ledger.audit({ actor: context.user, action: 'export', namespace, jobId, ip: null, details: { folder } })
    await print(
      context,
      { jobId, name, folder, files },
      () => `${files.length} files in ${folder}: ${files.join(', ')}\n`,
    )
    return 0
  })
}
