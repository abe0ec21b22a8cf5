/** Ending what a test has started: by pid and for certain, also when it is frozen or does not listen. */
import type { ChildProcess } from 'node:child_process'

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

/** Signals a process, or with a negative pid its whole group; says whether it was still there. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

/** SIGKILL, after SIGCONT for one that is frozen; resolves when it is gone. `group`: it leads a process group. */
export async function endProcess(child: ChildProcess, { group = false } = {}): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  const target = group ? -pid : pid
  const gone = Promise.withResolvers<void>()
  child.once('exit', () => gone.resolve())
  signal(target, 'SIGCONT')
  signal(target, 'SIGKILL')
  if (!hasEnded(child)) await gone.promise
}
