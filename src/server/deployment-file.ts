/** The deployment file as this relay has it on disk; read again when a newer serial is put there. */
import { readFileSync, statSync } from 'node:fs'
import { readDeployment, type Deployment } from '../core/deployment.ts'
import type { Clock } from './clock.ts'
import { reasonOf, type Log } from './log.ts'
import { Trouble } from './trouble.ts'

export interface DeploymentFile {
  current(): Deployment
  stop(): void
}

/** How often the file is looked at, ms. */
const LOOK = 60_000

/** Throws Trouble when the file cannot be read at first; later troubles are logged and the last good one stays. */
export function openDeployment(path: string, clock: Clock, log: Log): DeploymentFile {
  let changed = 0
  let current = load()
  let cancel = clock.after(LOOK, look)

  function load(): Deployment {
    try {
      changed = statSync(path).mtimeMs
      const file = readDeployment(readFileSync(path, 'utf8'))
      if (file.ok) return file.value
      throw new Trouble(`${path}: ${file.reason}`)
    } catch (error) {
      throw error instanceof Trouble ? error : new Trouble(`deployment: cannot read ${path}`, error)
    }
  }

  function look(): void {
    cancel = clock.after(LOOK, look)
    try {
      if (statSync(path).mtimeMs === changed) return
      const next = load()
      if (next.serial <= current.serial) return
      current = next
      log.info({ serial: next.serial }, 'deployment file taken over')
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'deployment file left as it was')
    }
  }

  return { current: () => current, stop: () => cancel() }
}
