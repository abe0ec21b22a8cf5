/** The deployment file as this relay has it on disk; read again when a newer serial is put there. */
import { readFileSync, statSync } from 'node:fs'
import { readDeployment, type Deployment } from '../core/deployment.ts'
import type { Clock } from './clock.ts'
import { reasonOf, type Log } from './log.ts'
import { Trouble } from './trouble.ts'

export interface DeploymentFile {
  current(): Deployment
  /** Why a newer file that lies there is not followed; null: none lies there, or it is followed. */
  refused(): string | null
  stop(): void
}

/** How often the file is looked at, ms. */
const LOOK = 60_000

/** Why a relay cannot follow `next`; `current` is null at its start. */
export type Refuse = (next: Deployment, current: Deployment | null) => string | null

/**
 * Throws Trouble when the file cannot be followed at first; later troubles are logged, the last good one stays, and a
 * refused one is looked at again each time: sites may answer by then (SWITCH-15).
 */
export function openDeployment(path: string, refuse: Refuse, clock: Clock, log: Log): DeploymentFile {
  let changed = 0
  let refused: string | null = null
  let current = load()
  const wrong = refuse(current, null)
  if (wrong) throw new Trouble(`${path}: ${wrong}`)
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
      if (refused === null && statSync(path).mtimeMs === changed) return
      const next = load()
      note(next.serial > current.serial ? refuse(next, current) : null)
      if (refused !== null || next.serial <= current.serial) return
      current = next
      log.info({ serial: next.serial }, 'deployment file taken over')
    } catch (error) {
      // Paths are nobody's business outside this machine.
      note(reasonOf(error).replaceAll(path, 'the deployment file'))
    }
  }

  function note(reason: string | null): void {
    if (reason !== null && reason !== refused) log.warn({ reason }, 'deployment file left as it was')
    refused = reason
  }

  return { current: () => current, refused: () => refused, stop: () => cancel() }
}
