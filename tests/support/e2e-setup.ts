/** Once, before the files of the end-to-end suite: what each of them would else make for itself. */
import { ensureBuilt } from '../../src/stack/build.ts'
import { ensureSynapse } from '../../src/stack/synapse-install.ts'
import { installBrowsers } from './install-browsers.ts'

export async function setup(): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  installBrowsers()
  await ensureSynapse(say)
  await ensureBuilt(say)
}
