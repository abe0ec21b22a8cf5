/** Waits until a process answers. */
import { readFile } from 'node:fs/promises'
import { Trouble } from '../server/trouble.ts'
import type { Running } from './processes.ts'

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

const tail = async (file: string) => (await readFile(file, 'utf8').catch(() => '')).trim().split('\n').at(-1) ?? ''

/** Until `url` answers 200. Throws Trouble when the process ends before, or after `deadline` ms. */
export async function untilReady(process: Running, url: string, log: string, deadline = 90_000): Promise<void> {
  const end = performance.now() + deadline
  let gone: string | null = null
  void process.gone.then((how) => (gone = how))
  while (!(await answers(url))) {
    if (gone !== null) throw new Trouble(`The ${process.name} ended (${gone}): ${await tail(log)} (all of it: ${log}).`)
    if (performance.now() > end) throw new Trouble(`The ${process.name} does not answer at ${url}; its log is ${log}.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
