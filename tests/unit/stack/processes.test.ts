import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { NODE } from '../../../src/stack/paths.ts'
import { openProcesses } from '../../../src/stack/processes.ts'

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'processes-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  return dir
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const SLEEP = ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)']
const sleeper = (dir: string) => ({ name: 'sleeper', command: NODE, args: SLEEP, cwd: dir, log: join(dir, 'log') })

it('freezes, thaws and kills', async () => {
  const dir = await folder()
  const processes = await openProcesses(dir)
  const child = await processes.start(sleeper(dir))
  child.freeze()
  expect([child.alive, child.frozen]).toEqual([true, true])
  child.thaw()
  expect(child.frozen).toBe(false)
  child.freeze()
  await child.kill()
  expect(await child.gone).toBe('SIGKILL')
  expect([child.alive, child.frozen, isAlive(child.pid)]).toEqual([false, false, false])
  await processes.close()
})

it('ends at once what will not end by itself, frozen or not', async () => {
  const dir = await folder()
  const processes = await openProcesses(dir)
  const child = await processes.start(sleeper(dir))
  child.freeze()
  await child.stop(50)
  expect(isAlive(child.pid)).toBe(false)
  await processes.close()
})

it('says in one sentence that a command is not there', async () => {
  const dir = await folder()
  const processes = await openProcesses(dir)
  const missing = { ...sleeper(dir), command: join(dir, 'nothing') }
  await expect(processes.start(missing)).rejects.toThrow(/^The sleeper could not be started: /)
  await processes.close()
})

/** A process of its own that owns the folder and one sleeper, of which it tells the id. */
async function owner(dir: string): Promise<{ pid: number; child: number; kill: () => Promise<void> }> {
  const script = join(dir, 'owner.ts')
  const module = resolve('src/stack/processes.ts')
  await writeFile(
    script,
    `import { openProcesses } from ${JSON.stringify(module)}
     const child = await (await openProcesses(${JSON.stringify(dir)})).start(${JSON.stringify(sleeper(dir))})
     console.log(child.pid)`,
  )
  const started = spawn(NODE, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(started.stdout, 'data')) as [Buffer]
  const kill = async () => {
    started.kill('SIGKILL')
    await once(started, 'exit')
  }
  return { pid: started.pid!, child: Number(line), kill }
}

it('leaves no process when the one that started them is killed', async () => {
  const dir = await folder()
  const { child, kill } = await owner(dir)
  expect(isAlive(child)).toBe(true)
  await kill()
  await vi.waitFor(() => expect(isAlive(child)).toBe(false), 10_000)
})

it('refuses a folder that another process has, and takes it over when that one is gone', async () => {
  const dir = await folder()
  const { pid, kill } = await owner(dir)
  await expect(openProcesses(dir)).rejects.toThrow(`Another deployment is running in ${dir} (process ${pid})`)
  await kill()
  await (await openProcesses(dir)).close()
})

it('kills what a former owner left, and nothing else that has its process id by now', async () => {
  const dir = await folder()
  const other = await openProcesses(await folder())
  const [left, stranger] = [await other.start(sleeper(dir)), await other.start(sleeper(dir))]
  const { identityOf } = await import('../../../src/stack/identity.ts')
  const children = [
    { pid: left.pid, identity: await identityOf(left.pid) },
    { pid: stranger.pid, identity: 'started at another time' },
  ]
  const gone = { pid: 2 ** 22 + 1, identity: 'gone' }
  await writeFile(join(dir, 'pids.json'), JSON.stringify({ owner: gone, children }))
  const processes = await openProcesses(dir)
  // It is our own child here: until we have been told of its end, its id stays taken.
  expect(await left.gone).toBe('SIGKILL')
  expect([isAlive(left.pid), isAlive(stranger.pid)]).toEqual([false, true])
  expect(JSON.parse(await readFile(join(dir, 'pids.json'), 'utf8'))).toMatchObject({ owner: { pid: process.pid } })
  await processes.close()
  await stranger.kill()
  await other.close()
})
