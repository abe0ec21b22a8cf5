/** Runs a command to its end. */
import { spawn, type ChildProcess } from 'node:child_process'

export interface Finished {
  /** Exit status; 127 when there is no such command, 128 and more when a signal ended it. */
  status: number
  /** Both streams as they came. */
  output: string
}

const running = new Set<ChildProcess>()

/** With all that it has started itself, when we go before it is done. */
process.on('exit', () => {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    } catch {
      // It ended by itself in this moment.
    }
  }
})

/** Never throws; a command that cannot be started is a status like any other. */
export function run(command: string, args: string[], cwd?: string): Promise<Finished> {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...(cwd ? { cwd } : {}) })
    running.add(child)
    const finish = (finished: Finished) => {
      running.delete(child)
      resolve(finished)
    }
    const collect = (chunk: Buffer) => (output += chunk.toString())
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', (error) => finish({ status: 127, output: String(error) }))
    child.on('close', (code) => finish({ status: code ?? 128, output }))
  })
}
