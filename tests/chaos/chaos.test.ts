/** The chaos run as people call it: it passes, and it would not if the app did not do what it relies on. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NODE, ROOT } from '../../src/stack/paths.ts'

interface Ended {
  status: number | null
  figures: Record<string, number>
}

async function chaos(...args: string[]): Promise<Ended> {
  const child = spawn(NODE, [join('tests', 'chaos', 'chaos.ts'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said, [status]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>])
  const last = said.trim().split('\n').at(-1) ?? ''
  return { status, figures: JSON.parse(last || '{}') as Record<string, number> }
}
const SHORT = ['--minutes', '0.5', '--people', '3']

test('a short run: nothing is lost, nothing is there twice or out of order, no state goes back', async () => {
  const { status, figures } = await chaos('--seed', '4', '--minutes', '1')
  expect(figures).toMatchObject({ seed: 4, minutes: 1, people: 4, lost: 0, duplicated: 0, reordered: 0, regressed: 0 })
  expect(figures['items']).toBeGreaterThan(10)
  expect(figures['faults']).toBeGreaterThan(5)
  expect(figures['kills']).toBeGreaterThan(0)
  expect(status).toBe(0)
})
test('it notices an app that recognises no copies', async () => {
  const { status, figures } = await chaos('--seed', '4', ...SHORT, '--break', 'dedupe')
  expect(figures['duplicated']).toBeGreaterThan(0)
  expect(status).toBe(1)
})
test('it notices an app that writes nothing down', async () => {
  const { status, figures } = await chaos('--seed', '4', ...SHORT, '--break', 'persistence')
  expect(figures['lost']).toBeGreaterThan(0)
  expect(status).toBe(1)
})
