/**
 * `npm run bench [-- GROUP… --runs N]`: what the app costs, measured on the built app in a real browser with real
 * homeservers. The table and what goes on go to stderr; one JSON object of figures is the last line of stdout. Exit
 * status 1 only when something could not be measured: a missed aim is a result. How to read it: docs/benchmarks.md.
 */
import { parseArgs } from 'node:util'
import { tableOf, type Figures } from './figure.ts'
import { measureFailover } from './failover.ts'
import { measureFirst } from './first.ts'
import { measureOutbox } from './outbox.ts'
import { measureProvision } from './provision.ts'
import { measurePush } from './push.ts'
import { measureStart } from './start.ts'
import { measureStore } from './store.ts'
import { measureSync } from './sync.ts'
import { measureWindows } from './windows.ts'
import { openWorld, type World } from './world.ts'

const GROUPS: Record<string, (world: World) => Promise<Figures>> = {
  start: measureStart,
  first: measureFirst,
  sync: measureSync,
  outbox: measureOutbox,
  store: measureStore,
  windows: measureWindows,
  failover: measureFailover,
  provision: measureProvision,
  push: measurePush,
}

const say = (line: string) => void process.stderr.write(`${line}\n`)

async function measure(names: readonly string[], runs: number): Promise<Figures> {
  const world = await openWorld(runs, say)
  try {
    const all: Figures = {}
    for (const name of names) {
      say(`${name}:`)
      Object.assign(all, await GROUPS[name]!(world))
    }
    return all
  } finally {
    await world.close()
  }
}

try {
  const { values, positionals } = parseArgs({
    options: { runs: { type: 'string', default: '5' } },
    allowPositionals: true,
  })
  const names = positionals.length ? [...new Set(positionals)] : Object.keys(GROUPS)
  const unknown = names.filter((name) => !(name in GROUPS))
  if (unknown.length) throw new Error(`no group ${unknown.join(', ')}: there are ${Object.keys(GROUPS).join(', ')}`)
  const runs = Number(values.runs)
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs is a whole number from 1')
  const figures = await measure(names, runs)
  say(tableOf(figures))
  console.log(JSON.stringify(figures))
} catch (error) {
  say(`Not measured: ${(error as Error).message}`)
  process.exitCode = 1
}
