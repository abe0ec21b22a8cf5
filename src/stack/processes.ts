/**
 * The processes of one deployment folder. None outlives us: a keeper kills them when we are gone, and `pids.json`
 * tells the next start of the folder what was left, should the keeper have been killed, too. The same file says
 * that the folder is in use.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync } from 'node:fs'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Trouble } from '../server/trouble.ts'
import { identityOf } from './identity.ts'
import { NODE } from './paths.ts'

export interface Command {
  /** What people call it: `homeserver a`. */
  name: string
  command: string
  args: string[]
  cwd: string
  env?: Record<string, string>
  /** Both streams are appended there; above 10 MB the old text is kept once as `<log>.1`. */
  log: string
}

export interface Running {
  readonly name: string
  readonly pid: number
  readonly alive: boolean
  readonly frozen: boolean
  /** Settles when it is gone, with what is to be said of it: `exit 1`, `SIGKILL`. */
  readonly gone: Promise<string>
  /** SIGKILL: as if the power went. */
  kill(): Promise<void>
  /** SIGSTOP: it holds its connections and answers nothing. */
  freeze(): void
  thaw(): void
  /** SIGTERM, and SIGKILL when it is still there after `patience` ms. */
  stop(patience?: number): Promise<void>
}

interface Recorded {
  pid: number
  identity: string
}
interface PidFile {
  owner: Recorded
  children: Recorded[]
}

const LARGEST_LOG = 10_000_000

export interface Processes {
  start(command: Command): Promise<Running>
  /** Stops everything and gives the folder free. */
  close(): Promise<void>
}

const readPids = (file: string): Promise<PidFile | null> =>
  readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as PidFile,
    () => null,
  )

const isStill = async ({ pid, identity }: Recorded) => (await identityOf(pid)) === identity

/** Kills what a former owner left behind. Throws Trouble while that owner is there. */
async function takeOver(file: string, dir: string): Promise<void> {
  const left = await readPids(file)
  if (!left) return
  if (await isStill(left.owner))
    throw new Trouble(
      `Another deployment is running in ${dir} (process ${left.owner.pid}): stop it first, or choose another folder with --data.`,
    )
  for (const child of left.children) {
    if (!(await isStill(child))) continue
    process.kill(child.pid, 'SIGKILL')
    while (await isStill(child)) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await rm(file, { force: true })
}

async function openLog(path: string): Promise<number> {
  const size = await stat(path).then(
    (s) => s.size,
    () => 0,
  )
  if (size > LARGEST_LOG) await rename(path, `${path}.1`)
  return openSync(path, 'a', 0o600)
}

/** Takes the folder. Throws Trouble while another process has it. */
export async function openProcesses(dir: string): Promise<Processes> {
  const file = join(dir, 'pids.json')
  await takeOver(file, dir)
  const owner: Recorded = { pid: process.pid, identity: (await identityOf(process.pid)) ?? '' }
  const children = new Map<Running, Recorded>()
  try {
    await writeFile(file, JSON.stringify({ owner, children: [] }), { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    throw new Trouble(`Another deployment has just started in ${dir}.`, cause)
  }

  const spawned = new Set<ChildProcess>()
  let closed = false
  // On the way out there is no time to ask anybody.
  const endAll = () => spawned.forEach((child) => child.kill('SIGKILL'))
  process.on('exit', endAll)

  // Like the others in a session of its own: Ctrl-C in the terminal is for us, and we end them in their order.
  const keeper = spawn(NODE, [fileURLToPath(new URL('keeper.ts', import.meta.url))], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  keeper.stdin.on('error', () => {})
  const tell = (line: string) => keeper.stdin.write(`${line}\n`)

  let saving = Promise.resolve()
  const save = () => {
    saving = saving.then(async () => {
      await writeFile(`${file}.new`, JSON.stringify({ owner, children: [...children.values()] }), { mode: 0o600 })
      await rename(`${file}.new`, file)
    })
    return saving
  }

  let ending: Promise<void> | null = null
  async function end(): Promise<void> {
    closed = true
    await Promise.all([...children.keys()].map((child) => child.stop()))
    endAll()
    await saving
    const ended = once(keeper, 'exit')
    keeper.stdin.end()
    await ended
    process.off('exit', endAll)
    await rm(file, { force: true })
  }

  return {
    async start(command) {
      const log = await openLog(command.log)
      if (closed) throw new Trouble(`The ${command.name} was not started: everything is being stopped.`)
      const child = spawn(command.command, command.args, {
        cwd: command.cwd,
        env: { ...process.env, ...command.env },
        stdio: ['ignore', log, log],
        detached: true,
      })
      closeSync(log)
      spawned.add(child)
      child.once('exit', () => spawned.delete(child))
      await once(child, 'spawn').catch((cause: unknown) => {
        throw new Trouble(`The ${command.name} could not be started: ${(cause as Error).message}`, cause)
      })
      const pid = child.pid!
      tell(`+${pid}`)
      const running = wrap(child, command.name, pid)
      children.set(running, { pid, identity: (await identityOf(pid)) ?? '' })
      await save()
      void running.gone.then(() => {
        tell(`-${pid}`)
        children.delete(running)
        return save()
      })
      return running
    },
    close: () => (ending ??= end()),
  }
}

function wrap(child: ChildProcess, name: string, pid: number): Running {
  let alive = true
  let frozen = false
  const gone = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      alive = false
      frozen = false
      resolve(signal ?? `exit ${code}`)
    })
  })
  return {
    name,
    pid,
    gone,
    get alive() {
      return alive
    },
    get frozen() {
      return frozen
    },
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    freeze() {
      frozen = alive && child.kill('SIGSTOP')
    },
    thaw() {
      child.kill('SIGCONT')
      frozen = false
    },
    async stop(patience = 5000) {
      child.kill('SIGTERM')
      child.kill('SIGCONT')
      const late = setTimeout(() => child.kill('SIGKILL'), patience)
      await gone
      clearTimeout(late)
    },
  }
}
