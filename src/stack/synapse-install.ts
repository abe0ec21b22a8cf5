/**
 * Synapse from PyPI in a virtual environment of its own, installed once per machine into the cache folder
 * (docs/operate.md, "Cache"). About 30 s and 250 MB the first time.
 */
import { constants } from 'node:fs'
import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { check, lock } from 'proper-lockfile'
import { run } from './command.ts'
import { findPython, type Python } from './python.ts'
import { Trouble } from '../server/trouble.ts'

const SYNAPSE_VERSION = '1.163.2'
/** Loads the compiled part, too: a wheel of the wrong platform is found out here. */
const CHECK = ['-c', 'import sys, synapse.app.homeserver; print(sys.executable)']

/** A lock that was not renewed for this long, ms, is that of a process that died. */
const STALE = 30_000

/** `$NOTANKER_CACHE`, else `$XDG_CACHE_HOME/notanker`, else `~/.cache/notanker`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['NOTANKER_CACHE']) return env['NOTANKER_CACHE']
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'notanker')
}

const exists = (path: string, mode = constants.F_OK) =>
  access(path, mode).then(
    () => true,
    () => false,
  )

/** The marker is written last, so a broken-off installation does not count as one. */
async function isComplete(venv: string): Promise<boolean> {
  return (await exists(join(venv, 'complete'))) && (await exists(pythonOf(venv), constants.X_OK))
}

const pythonOf = (venv: string) => join(venv, 'bin', 'python')

async function install(venv: string, python: Python): Promise<void> {
  await rm(venv, { recursive: true, force: true })
  const made = await run(python.path, ['-m', 'venv', venv])
  if (made.status !== 0)
    throw new Trouble(`Python could not make a virtual environment in ${venv}: ${lastLine(made.output)}`)
  const pip = ['-m', 'pip', 'install', '--prefer-binary', '--no-input', `matrix-synapse==${SYNAPSE_VERSION}`]
  const installed = await run(pythonOf(venv), pip)
  const log = `${venv}.log`
  await writeFile(log, installed.output)
  if (installed.status !== 0) {
    throw new Trouble(
      `Synapse could not be installed with pip; please check the network, then try again (${errorLine(installed.output)}; all of it: ${log}).`,
    )
  }
  const works = await run(pythonOf(venv), CHECK)
  if (works.status !== 0) throw new Trouble(`Synapse was installed but does not load: ${lastLine(works.output)}`)
  await writeFile(join(venv, 'complete'), `${new Date().toISOString()}\n`)
}

const lastLine = (output: string) => output.trim().split('\n').at(-1) ?? ''
const errorLine = (output: string) => output.split('\n').find((line) => line.startsWith('ERROR:')) ?? lastLine(output)

/**
 * The python that Synapse runs with; installs it where it is missing. `NOTANKER_SYNAPSE` names one that has it already.
 * Two callers at once: the second waits for the first. Throws Trouble.
 */
export async function ensureSynapse(
  log: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const given = env['NOTANKER_SYNAPSE']
  if (given) {
    const works = await run(given, CHECK)
    // The path behind a shim (pyenv): it must be the process that we start, not its parent.
    if (works.status === 0) return lastLine(works.output)
    throw new Trouble(`NOTANKER_SYNAPSE is ${given}, but Synapse does not load there: ${lastLine(works.output)}`)
  }
  const python = await findPython()
  const cache = cacheFolder(env)
  const venv = join(cache, `synapse-${SYNAPSE_VERSION}-py${python.version}`)
  if (await isComplete(venv)) return pythonOf(venv)
  await mkdir(cache, { recursive: true }).catch((cause: unknown) => {
    throw new Trouble(`The cache folder ${cache} cannot be made: set NOTANKER_CACHE to one that can.`, cause)
  })
  if (await check(venv, { realpath: false, stale: STALE })) log('waiting for another installation of Synapse')
  const retries = { retries: 900, factor: 1, minTimeout: 1000, maxTimeout: 1000 }
  const release = await lock(venv, { realpath: false, stale: STALE, update: 5000, retries })
  try {
    if (!(await isComplete(venv))) {
      log(`installing Synapse ${SYNAPSE_VERSION} with Python ${python.version} into ${venv}`)
      await install(venv, python)
    }
  } finally {
    await release()
  }
  return pythonOf(venv)
}
