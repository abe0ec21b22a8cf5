/** Tells whether a process id still means the process it meant: ids are used again, after a restart of a container soon. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { run } from './command.ts'

const LINUX = existsSync('/proc/self/stat')

async function fromProc(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return null
    return `${fields[19]} ${(await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim()}`
  } catch {
    return null
  }
}

async function fromPs(pid: number): Promise<string | null> {
  const { status, output } = await run('ps', ['-ww', '-o', 'lstart=,command=', '-p', String(pid)])
  return status === 0 && output.trim() ? output.trim() : null
}

/** When it was started and with which command line; null when there is no such process. Source: proc(5), ps(1). */
export const identityOf = (pid: number): Promise<string | null> => (LINUX ? fromProc(pid) : fromPs(pid))
