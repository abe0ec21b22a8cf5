#!/usr/bin/env node
/** `notanker`: the commands of an operator. Exit status: 0 well, 1 trouble, 2 wrong usage. */
import { Trouble } from './trouble.ts'

const USAGE = `notanker — relays and provisioning for Notanker

  notanker relay <relay.yaml>                  run one relay or witness; ends with SIGTERM
  notanker keys <folder> [--rotate|--retire]   write the keys that all relays share into the folder; a new VAPID
                                               pair beside the former ones; the end of the former ones
  notanker provision <plan.yaml> [--dry-run]   make or update space, rooms, rights and bots at every site
`

async function relay(argv: string[]): Promise<void> {
  const [file, ...rest] = argv
  if (!file || rest.length) throw new Usage()
  const { loadConfig } = await import('./config.ts')
  const { startRelay } = await import('./relay.ts')
  const running = await startRelay(loadConfig(file))
  const signal = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
  await signal
  await running.stop()
}

async function keys(argv: string[]): Promise<void> {
  const [folder, change, ...rest] = argv
  if (!folder || rest.length) throw new Usage()
  const { retireVapid, rotateVapid, writeKeys } = await import('./keys.ts')
  const acts = new Map([
    [undefined, writeKeys],
    ['--rotate', rotateVapid],
    ['--retire', retireVapid],
  ])
  const act = acts.get(change)
  if (!act) throw new Usage()
  process.stdout.write(`${JSON.stringify(await act(folder))}\n`)
}

async function provision(argv: string[]): Promise<void> {
  const { runProvision } = await import('./provision/index.ts')
  await runProvision(argv)
}

class Usage extends Error {}

const COMMANDS: Record<string, (argv: string[]) => Promise<void>> = { relay, keys, provision }

async function main([name, ...argv]: string[]): Promise<number> {
  const command = name === undefined ? undefined : COMMANDS[name]
  if (!command) {
    const asked = name === '--help' || name === '-h' || name === 'help'
    ;(asked ? process.stdout : process.stderr).write(USAGE)
    return asked ? 0 : 2
  }
  try {
    await command(argv)
    return 0
  } catch (error) {
    if (error instanceof Usage) process.stderr.write(USAGE)
    else
      process.stderr.write(`${error instanceof Trouble ? error.message : ((error as Error).stack ?? String(error))}\n`)
    return error instanceof Usage ? 2 : 1
  }
}

process.exit(await main(process.argv.slice(2)))
