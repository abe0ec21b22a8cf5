/**
 * Ends the processes of a deployment when the process that started them is gone, however it went. It reads lines `+pid`
 * and `-pid`; when the pipe closes, it kills what is left. Run as `node keeper.ts` by processes.ts.
 */
import { createInterface } from 'node:readline'

const pids = new Set<number>()

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already, which is what we want.
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const pid = Number(line.slice(1))
    if (line.startsWith('+')) pids.add(pid)
    else pids.delete(pid)
  })
  .on('close', () => {
    pids.forEach(end)
    process.exit(0)
  })
