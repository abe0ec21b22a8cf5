/** Runs a command to its end. */
import { spawn } from 'node:child_process'

export interface Finished {
  /** Exit status; 127 when there is no such command, 128 and more when a signal ended it. */
  status: number
  /** Both streams as they came. */
  output: string
}

/** Never throws; a command that cannot be started is a status like any other. */
export function run(command: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<Finished> {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const collect = (chunk: Buffer) => (output += chunk.toString())
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', (error) => resolve({ status: 127, output: String(error) }))
    child.on('close', (code) => resolve({ status: code ?? 128, output }))
  })
}
