/**
 * `npm run demo -- [--data DIR] [--fresh] [--port N]`: the whole deployment on this machine, to be tried and killed.
 * Progress and tables go to stderr, `ready <address>` to stdout. Exit status: 1 after trouble, which is one sentence.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Trouble } from '../server/trouble.ts'
import { SITE_NAMES } from './deployment-file.ts'
import { startDeployment, type RunningDeployment } from './deployment.ts'
import { listenToKeys } from './keyboard.ts'
import { ROOT } from './paths.ts'
import type { DemoSiteId } from './ports.ts'
import { overview } from './table.ts'

const USAGE = 'Usage: npm run demo -- [--data DIR] [--fresh] [--port N]'

const OPTIONS = { data: { type: 'string' }, fresh: { type: 'boolean' }, port: { type: 'string' } } as const

function readArguments(): { data: string; fresh: boolean; port?: number } {
  try {
    const { data = join(ROOT, '.demo'), fresh = false, port } = parseArgs({ options: OPTIONS }).values
    if (port === undefined) return { data, fresh }
    if (!/^\d+$/.test(port)) throw new Error(`--port takes a number, not ${port}.`)
    return { data, fresh, port: Number(port) }
  } catch (cause) {
    throw new Trouble(`${(cause as Error).message.split('\n')[0]} ${USAGE}`, cause)
  }
}

const started = performance.now()
function log(line: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6)
  process.stderr.write(`${seconds} s  ${line}\n`)
}

/** The key of a site: killed when it lives, started when any part of it is dead. */
async function toggle(demo: RunningDeployment, site: DemoSiteId): Promise<void> {
  const name = `site ${site.toUpperCase()}`
  if (demo.state(site) === 'down') {
    log(`${name}: starting`)
    await demo.start(site)
    log(`${name}: answers again`)
  } else {
    await demo.kill(site)
    log(`${name}: killed`)
  }
}

async function toggleFrozen(demo: RunningDeployment): Promise<void> {
  const state = demo.state('a')
  if (state === 'down') return log('site A is dead; a starts it')
  await (state === 'frozen' ? demo.thaw('a') : demo.freeze('a'))
  log(`site A: ${state === 'frozen' ? 'thawed' : 'frozen'}`)
}

/** What a signal does. Before everything stands there is nothing to end in order: our processes go with us. */
let end = (): void => process.exit(130)

/** Signals, and the death of npm, which may be killed without telling us. */
function watchForEnd(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end())
  if (!process.env['npm_lifecycle_event']) return
  const npm = process.ppid
  setInterval(() => process.ppid === npm || end(), 100).unref()
}

/** Returns when the demo shall end. */
function untilQuit(demo: RunningDeployment): Promise<void> {
  return new Promise((quit) => {
    let turn = Promise.resolve()
    const inTurn = (act: () => Promise<void>) => {
      turn = turn.then(act).catch((error: unknown) => log((error as Error).message))
    }
    const stopListening = listenToKeys(process.stdin, (key) => {
      if (key === 'a' || key === 'b') inTurn(() => toggle(demo, key))
      else if (key === 'f') inTurn(() => toggleFrozen(demo))
      else if (key === 'q') end()
      else log(`there is no key ${JSON.stringify(key)}: a, b, f or q`)
    })
    end = () => {
      stopListening()
      quit()
    }
  })
}

async function main(): Promise<number> {
  watchForEnd()
  try {
    const demo = await startDeployment({ ...readArguments(), log })
    log('ready')
    process.stdout.write(`ready ${demo.deployment.app}\n`)
    process.stderr.write(`${overview(demo.describe(), SITE_NAMES)}\n`)
    await untilQuit(demo)
    log('stopping')
    await demo.stop()
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Trouble ? error.message : ((error as Error).stack ?? String(error))}\n`)
    return 1
  }
}

process.exit(await main())
