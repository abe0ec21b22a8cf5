/**
 * `npm test [-- SUITE…]`: every suite, one after the other, whatever became of those before. What they say goes to
 * stderr, and which tests failed once more at its end; the last line of stdout is `N passed, N failed, N skipped` over
 * all of them. Exit status 1 if any failed.
 */
import { ensureSynapse } from '../../src/stack/synapse-install.ts'
import { installBrowsers } from './install-browsers.ts'
import { add, npmRun, signalCurrent, vitest, whole, type Counts, type Outcome } from './suites.ts'

const say = (line: string) => void process.stderr.write(`${line}\n`)

/** The suite, once what it needs on this machine is there. Throws one sentence when it cannot be had. */
const withServers = (suite: () => Promise<Outcome>) => async (): Promise<Outcome> => {
  installBrowsers()
  await ensureSynapse(say)
  return suite()
}

/** In this order: what is quick to fail first; the app is built before it is weighed and before browsers load it. */
const SUITES = new Map<string, () => Promise<Outcome>>([
  ['lint', npmRun('lint')],
  ['types', npmRun('types')],
  ['unit', vitest('unit')],
  ['contract', vitest('contract')],
  ['simulation', vitest('simulation')],
  ['build', npmRun('build')],
  ['bytes', npmRun('size')],
  ['integration', withServers(vitest('integration'))],
  ['e2e', withServers(vitest('e2e'))],
  ['chaos', withServers(vitest('chaos'))],
])

const line = ({ passed, failed, skipped }: Counts) => `${passed} passed, ${failed} failed, ${skipped} skipped`

async function runSuite(name: string, suite: () => Promise<Outcome>): Promise<Outcome> {
  say(`\n━━ ${name}`)
  const started = performance.now()
  const outcome = await suite().catch((error: unknown) => ({
    counts: whole(false),
    failures: [`${name} could not start: ${(error as Error).message}`],
  }))
  say(`━━ ${name}: ${line(outcome.counts)} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
  return outcome
}

/** How long a suite that was told to end may take, ms. */
const PATIENCE = 10_000

function end(): void {
  signalCurrent('SIGTERM')
  setTimeout(() => process.exit(130), PATIENCE).unref()
}

async function main(names: string[]): Promise<number> {
  const unknown = names.find((name) => !SUITES.has(name))
  if (unknown) {
    say(`There is no suite ${unknown}: ${[...SUITES.keys()].join(', ')}.`)
    return 2
  }
  let stopped = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stopped = true
      end()
    })
  }
  process.on('exit', () => signalCurrent('SIGKILL'))

  const results: [string, Outcome][] = []
  for (const [name, suite] of SUITES) {
    if (stopped) break
    if (names.length === 0 || names.includes(name)) results.push([name, await runSuite(name, suite)])
  }
  say('')
  for (const failure of results.flatMap(([, { failures }]) => failures)) say(`✗ ${failure}\n`)
  for (const [name, { counts }] of results) say(`${counts.failed > 0 ? '✗' : '✓'} ${name.padEnd(12)} ${line(counts)}`)
  const total = results.map(([, { counts }]) => counts).reduce(add, { passed: 0, failed: 0, skipped: 0 })
  process.stdout.write(`${line(total)}\n`)
  if (stopped) return 130
  return total.failed > 0 ? 1 : 0
}

process.exitCode = await main(process.argv.slice(2))
